// The look of report and page: ink on paper, one accent for what can be pressed, red for what is broken and for nothing else.
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--panel:#f5f6f7;--ink:#191c1f;--dim:#59616a;--line:#dfe3e6;--strong:#8a939c;--accent:#0b5cad;--red:#c4231c;--redwash:#fdf1f0;--mark:#ffe9a8;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(prefers-color-scheme:dark){:root{--paper:#121416;--panel:#1b1e21;--ink:#e7e9eb;--dim:#a0a8b0;--line:#2f353a;--strong:#6c757d;--accent:#82b6ff;--red:#ff7b72;--redwash:#2a1716;--mark:#5c4708}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--sans);overflow-wrap:break-word}
.sheet{max-width:1080px;margin:0 auto;padding:28px 32px 64px}
a{color:var(--accent);text-underline-offset:2px}
a:focus-visible,summary:focus-visible,button:focus-visible,input:focus-visible,textarea:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.012em;font-weight:650;margin:4px 0 6px;text-wrap:balance}
h2{font-size:20px;line-height:1.3;letter-spacing:-.006em;font-weight:620;margin:0}
h3{font-size:14px;font-weight:620;margin:28px 0 8px}
p{margin:0 0 10px;max-width:78ch}
code,pre,kbd,.mono{font-family:var(--mono);font-size:.86em}
.dim,.meta{color:var(--dim)}
.meta{font-size:14px;margin:2px 0 0}
.brand{max-width:none;font-size:13px;color:var(--dim);display:flex;gap:10px;justify-content:space-between;flex-wrap:wrap}
.brand b{color:var(--ink);font-weight:620}
.sign{display:inline-block;min-width:1.15em;font-weight:700;color:var(--dim)}
.sign-error,.broken{color:var(--red)}
.sign-pass{color:var(--dim)}
section{margin-top:44px}section.single{margin-top:0}section.single>h2{display:none}
section>h2{border-bottom:1px solid var(--line);padding-bottom:8px;margin-bottom:14px}
.toc{list-style:none;margin:18px 0 0;padding:0;border-top:1px solid var(--line)}
.toc li{display:flex;gap:8px;padding:7px 0;border-bottom:1px solid var(--line);align-items:baseline}
.toc a{color:inherit;text-decoration:none;flex:1}
.toc a:hover{text-decoration:underline}
.toc .count{color:var(--dim);font-size:14px;white-space:nowrap}
.find{display:flex;gap:8px;align-items:center;margin:18px 0 0}
.find input{flex:1;max-width:420px}
input,textarea,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--strong);border-radius:5px;padding:6px 10px}
button{cursor:pointer;background:var(--panel)}
button:hover{border-color:var(--accent);color:var(--accent)}
article{margin-top:30px;border-top:2px solid var(--ink);padding-top:14px}
article.open,article.info{border-top-color:var(--strong)}
article.error{border-top-color:var(--red)}
article>details>summary{list-style:none;cursor:pointer;display:block;position:relative;padding-right:28px}
article>details>summary::-webkit-details-marker{display:none}
article>details>summary h2{display:inline}
article>details>summary::after{content:"+";position:absolute;right:4px;top:2px;color:var(--dim);font-family:var(--mono)}
article>details[open]>summary::after{content:"\\2212"}
.lead{font-size:17px;margin:14px 0 12px}
dl.says{display:grid;grid-template-columns:84px minmax(0,1fr);gap:6px 16px;margin:16px 0 0}
dl.says dt{color:var(--dim);font-size:14px;padding-top:1px}
dl.says dd{margin:0;max-width:80ch}
dl.says ul{margin:0;padding:0;list-style:none}
dl.says li{margin-bottom:3px}
.command{display:flex;align-items:flex-start;gap:8px;background:var(--panel);border-radius:6px;padding:8px 8px 8px 14px;margin:6px 0}
.command pre{margin:0;flex:1;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.6;padding-top:2px}
.command button{font-size:13px;padding:2px 9px}
figure{margin:18px 0 6px}
figure>.scroll{overflow-x:auto}
figure svg{display:block;max-width:none;height:auto}
@media(min-width:900px){figure svg{max-width:100%}}
figcaption{color:var(--dim);font-size:13px;margin-top:4px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;line-height:1.45}
th{font-weight:600;text-align:left;color:var(--dim);font-size:13px;white-space:nowrap}
th,td{padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.c,th.c{text-align:center;padding-left:8px;padding-right:8px}
.frames{margin:16px 0 0;border-top:1px solid var(--line)}
.frames>details,.frames>div{border-bottom:1px solid var(--line)}
.frames>details>summary,.frames>div{display:grid;grid-template-columns:16px 96px 132px minmax(0,1fr);gap:10px;padding:6px 0;font-size:14px;cursor:pointer;list-style:none;align-items:baseline}
.frames.points>details>summary,.frames.points>div{grid-template-columns:16px 96px 132px 150px minmax(0,1fr)}
.frames>div{cursor:auto}
.frames>details>summary::-webkit-details-marker{display:none}
.frames>details>summary::before{content:"+";color:var(--dim);font-family:var(--mono)}
.frames>details[open]>summary::before{content:"\\2212"}
.frames>div::before{content:""}
.frames time,.frames .mono{font-variant-numeric:tabular-nums;font-family:var(--mono);font-size:13px;color:var(--dim)}
.frame{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:20px;padding:2px 0 16px 26px;align-items:start}
.frame>p{grid-column:1/-1;margin:0;font-family:var(--mono);font-size:13px;max-width:none}
.tree,.tree ul{list-style:none;margin:0;padding:0;font-family:var(--mono);font-size:12.5px;line-height:1.55}
.tree ul{padding-left:18px}
.tree li{overflow-wrap:anywhere}
.tree li>span,.tree summary>span{padding:0 2px}
.tree li:not(:has(>details)){padding-left:14px}
.tree summary{cursor:pointer;list-style:none}
.tree summary::-webkit-details-marker{display:none}
.tree summary::before{content:"\\25B8";display:inline-block;width:14px;color:var(--dim)}
.tree details[open]>summary::before{content:"\\25BE"}
.tree .note{color:var(--dim);font-style:italic}
mark{background:var(--mark);color:inherit;border-radius:2px}
pre.bytes{margin:0;font-size:12.5px;line-height:1.55;overflow-x:auto}
pre.bytes .at,pre.bytes .as{color:var(--dim)}
.rule pre,.asis{white-space:pre-wrap;background:var(--panel);border-radius:6px;padding:14px 18px;font-size:13px;line-height:1.6;margin:8px 0 0;max-width:100ch}
.more>summary{cursor:pointer;color:var(--accent);font-size:14px;padding:4px 0}
.more{margin-top:4px}.rule:first-of-type{margin-top:20px}
.ledger{display:flex;flex-wrap:wrap;gap:26px;margin:6px 0 18px;padding:0;list-style:none}
.ledger b{display:block;font-size:26px;font-weight:620;letter-spacing:-.01em;font-variant-numeric:tabular-nums;line-height:1.2}
.ledger li{font-size:14px;color:var(--dim)}
.ledger li b{color:var(--ink)}
.trouble{margin:10px 0 0}
ul.plain{margin:0;padding-left:1.1em}
.hidden{display:none}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
footer{margin-top:56px;color:var(--dim);font-size:13px;border-top:1px solid var(--line);padding-top:12px}
.hs-picture text{font:12px var(--mono);fill:var(--ink)}
.hs-picture .hs-strong{font-weight:600}.hs-picture .hs-dim{fill:var(--dim)}.hs-picture .hs-small{font-size:11px}
.hs-bg{fill:var(--paper)}.hs-line{stroke:var(--line);fill:none}.hs-plain{stroke:var(--ink);fill:none}.hs-head-plain{fill:var(--ink)}
.hs-implied{stroke:var(--strong);fill:none;stroke-dasharray:1 3}.hs-head-implied{fill:var(--strong)}
.hs-expected{stroke:var(--accent);fill:none;stroke-dasharray:5 4}.hs-head-expected,.hs-picture .hs-text-expected{fill:var(--accent)}
.hs-wrong{stroke:var(--red);fill:none;stroke-width:1.6}.hs-head-wrong,.hs-picture .hs-text-wrong{fill:var(--red)}
.hs-box{fill:var(--panel);stroke:var(--strong)}.hs-tunnel{fill:var(--panel);stroke:var(--strong);stroke-dasharray:none}.hs-picture .hs-text-tunnel{fill:var(--dim)}
.hs-answered{fill:var(--strong)}.hs-refused{fill:var(--red);fill-opacity:.55}.hs-lost{fill:var(--red)}.hs-silence{fill:var(--redwash)}
@media(max-width:720px){.sheet{padding:18px 16px 48px}h1{font-size:24px}h2{font-size:18px}dl.says{grid-template-columns:1fr;gap:2px}dl.says dd{margin-bottom:8px}
.frames>details>summary,.frames>div{grid-template-columns:16px auto minmax(0,1fr);gap:2px 10px}.frames.points>details>summary,.frames.points>div{grid-template-columns:16px auto minmax(0,1fr)}
.frames .note,.frames .point{grid-column:2/-1}.frame{grid-template-columns:minmax(0,1fr);padding-left:0}.ledger{gap:14px 22px}.ledger b{font-size:22px}}
@media print{:root{color-scheme:light;--paper:#fff;--panel:#f5f6f7;--ink:#000;--dim:#444;--line:#ccc;--strong:#888;--accent:#000;--red:#b00;--redwash:#fdf1f0;--mark:#ffe9a8}
@page{size:A4;margin:16mm 15mm}body{font-size:10.5pt}.sheet{max-width:none;padding:0}.noprint,button{display:none!important}figure,.command,tr,summary,p,li{break-inside:avoid}
h1,h2,h3{break-after:avoid}figure svg{max-width:100%}.scroll{overflow:visible}a{text-decoration:none}}
`;
