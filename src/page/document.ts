// The page as one HTML file. The engine lies in it, packed.

import { html, Markup } from '../report/html/markup.js';
import { htmlPage, REPORT_STYLE } from '../report/html/report.js';
import { SCRIPT } from '../report/html/script.js';
import { VERSION } from '../report/version.js';
import { SCREEN_STYLE } from './screen/style.js';

/** `engine`: the worker's script, packed (scripts/page.mjs); `script`: that of the screen. */
export function pageDocument(engine: string, script: string): string {
  const body = html`<section class="top" id="top" aria-label="Files">
<h1>hopscope</h1>
<p class="meta">Says which path each packet of a capture took, and where that path is wrong. Everything stays on this machine: the page cannot connect to anything.</p>
<div class="drop" id="drop">
<p class="first"><b>Drop captures here</b>: pcap, pcapng, gzip, zstd, zip and tar archives; what tcpdump printed; with them topology and expectation files, and what other tools printed of the same run.</p>
<div class="row"><button type="button" id="choose">Choose files</button><button type="button" id="show-paste" aria-expanded="false" aria-controls="paste-box">Paste text</button><button type="button" id="remove-all" hidden>Remove all</button></div>
<input type="file" id="files" multiple hidden aria-label="Files">
</div>
<div id="paste-box" hidden><label class="meta" for="paste">What tcpdump printed, with whatever stands around it</label><textarea id="paste" spellcheck="false"></textarea><p class="row"><button type="button" id="read-paste">Read it</button></p></div>
<ul class="files" id="given" aria-label="Files that are analysed"></ul>
<p class="status" id="status" role="status"></p>
<div class="alert" id="alert" role="alert"></div>
<nav class="views" id="views" hidden aria-label="Views"><button type="button" id="show-report" aria-pressed="true">Report</button><button type="button" id="show-packets" aria-pressed="false">Packets</button><span class="end"><button type="button" id="save-html">Save the report</button><button type="button" id="save-json">JSON</button></span></nav>
</section>
<div id="report"></div>
<main id="packets" hidden>
<h2 class="visually-hidden">Packets</h2>
<div class="filter"><label for="filter">Display filter</label><input id="filter" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="ip.addr == 172.20.2.1 &amp;&amp; tcp.flags.syn == 1"></div>
<p id="filter-says" role="status"></p>
<div id="list" tabindex="0" role="listbox" aria-label="Packets"></div>
<div id="detail" role="region" aria-label="The chosen packet" tabindex="0"></div>
</main>
<noscript><p class="sheet">This page analyses captures with scripts of its own. Where they are off, the command line does the same: hopscope diagnose FILE.</p></noscript>
<script type="application/octet-stream" id="engine" data-version="${VERSION}">${new Markup(engine)}</script>`;
  return htmlPage('hopscope', body, `${SCRIPT}${script}`, {
    bodyClass: 'page',
    style: `${REPORT_STYLE}${SCREEN_STYLE}`,
    policy: "; worker-src blob:; connect-src 'none'",
  });
}
