// An IS-IS system does not hear another one of its link.
import { hearsIsis, isisPairs, isUnheard } from '../facts/sessions.js';
import type { IsisSystem } from '../flows/services/isis.js';
import page from './isis-stuck.md';
import { rule } from './rule.js';

export default rule({
  id: 'isis-stuck',
  title: 'An IS-IS system does not hear another one',
  group: 'neighbours',
  severity: 'warning',
  spec: 'ISO/IEC 10589 clause 8.4.2; RFC 5303',
  hint: 'Compare level, area (level 1), authentication and MTU of both interfaces; do hellos of full size arrive at the one that does not hear?',
  page,
  judge(facts, say) {
    for (const { a: deaf, b: other, isDeaf } of isisPairs([...facts.services.isis.list])) {
      if (!isDeaf) continue;
      const both = isUnheard(other, deaf);
      say({
        verdict: 'fail',
        absence: true,
        key: `${deaf.segment} ${deaf.system} ${other.system}`,
        title: both
          ? `IS-IS systems ${nameOf(deaf)} and ${nameOf(other)} do not hear each other`
          : `IS-IS system ${nameOf(deaf)} does not hear ${nameOf(other)}`,
        message: `${nameOf(other)} sent ${other.hellos} hellos on ${facts.interfaces.name(deaf.first.port)}, and those of ${nameOf(deaf)} do not list it${both ? ', nor the other way round' : hearsIsis(other, deaf) ? '; the other way round they do' : ''}.`,
        cause: `${nameOf(deaf)} does not get them or drops them: another area (level 1), another password, an address of another network, or an MTU that is too small for hellos, which are filled up to it (ISO/IEC 10589 clause 8.2.3).`,
        subject: {
          src: deaf.address === null ? null : String(deaf.address),
          target: other.address === null ? null : String(other.address),
        },
        evidence: [
          { mark: other.first, field: 'isis.hello.source_id', note: nameOf(other) },
          { mark: deaf.first, field: 'isis.hello.source_id', note: `${nameOf(deaf)} does not list it` },
        ],
        count: other.hellos,
      });
    }
  },
});

/** System ID as it is written, and the address of its interface: `1920.0000.0001 (192.0.2.1)`. */
function nameOf({ system, address }: IsisSystem): string {
  const digits = system.toString(16).padStart(12, '0');
  const id = `${digits.slice(0, 4)}.${digits.slice(4, 8)}.${digits.slice(8)}`;
  return address === null ? id : `${id} (${address})`;
}
