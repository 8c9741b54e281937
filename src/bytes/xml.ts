// Text for XML.
import { safeText } from './text.js';

// XML 1.0 section 2.2: these cannot be written in any form, not even as a reference.
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Nearly all texts are printable ASCII that means nothing in XML. */
const PLAIN = /^[ !#-%(-;=?-~]*$/;

/** Text for XML content and attributes. Control characters show as escapes, what XML forbids as U+FFFD. */
export function xml(text: string): string {
  if (PLAIN.test(text)) return text;
  return safeText(text)
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
