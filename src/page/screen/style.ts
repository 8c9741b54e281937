// The look of the page beside that of the report (src/report/html/style.ts).
export const SCREEN_STYLE = `
body.page .sheet{max-width:1280px}
.top{max-width:1280px;margin:0 auto;padding:22px 32px 0}
.top h1{font-size:22px;margin:0 0 2px}
.drop{border:1.5px dashed var(--strong);border-radius:8px;padding:30px 24px;margin-top:16px;text-align:center;background:var(--panel)}
.drop.over{border-color:var(--accent);border-style:solid}
.drop p{margin:0 auto 10px}
.drop .row{display:flex;gap:10px;justify-content:center;flex-wrap:wrap;margin-top:12px}
.small .top>.meta{display:none}.small .status:empty{display:none}
.small .drop{padding:10px 16px;text-align:left;display:flex;gap:16px;align-items:center;justify-content:space-between;flex-wrap:wrap}
.small .drop .row{margin:0}.small .drop .first{display:none}.small .drop p{margin:0;font-size:14px;color:var(--dim)}
#paste{display:block;width:100%;min-height:130px;margin-top:12px;font-family:var(--mono);font-size:13px;resize:vertical}
.files{list-style:none;margin:14px 0 0;padding:0;font-size:14px}
.files li{display:flex;gap:12px;align-items:center;flex-wrap:wrap;border-bottom:1px solid var(--line);padding:6px 0}
.files .name{flex:1 1 200px;overflow-wrap:anywhere}
.files input{width:180px;padding:3px 8px}
.files button{padding:2px 9px;font-size:13px}
.status{min-height:24px;margin:12px 0 0;font-size:14px;color:var(--dim)}
.alert{border-left:3px solid var(--red);padding:8px 14px;margin:14px 0 0;background:var(--redwash)}
.alert:empty{display:none}
progress{width:220px;height:8px;vertical-align:middle;accent-color:var(--accent)}
.views{display:flex;gap:4px;align-items:center;border-bottom:1px solid var(--line);margin-top:18px;flex-wrap:wrap}
.views button{background:none;border:0;border-bottom:2px solid transparent;border-radius:0;padding:8px 12px;color:var(--dim)}
.views button[aria-pressed=true]{color:var(--ink);border-bottom-color:var(--accent);font-weight:600}
.views .end{margin-left:auto;display:flex;gap:8px}
.views .end button{border:1px solid var(--line);border-radius:5px;padding:4px 10px;font-size:13px;margin-bottom:4px;color:var(--ink)}
#packets{max-width:1280px;margin:0 auto;padding:14px 32px 32px}
.filter{display:flex;gap:10px;align-items:center;margin-bottom:10px}
.filter input{flex:1;font-family:var(--mono);font-size:14px}
.filter input[aria-invalid=true]{border-color:var(--red)}
#filter-says{font-family:var(--mono);font-size:13px;white-space:pre-wrap;color:var(--dim);margin:0 0 8px;max-width:none}
#list{height:46vh;min-height:220px;overflow:auto;border:1px solid var(--line);border-radius:6px;position:relative;font-family:var(--mono);font-size:12.5px}
#list .space{position:relative;min-width:960px}
#list .heads,#list .line{display:grid;gap:0 12px;padding:0 10px;white-space:nowrap;align-items:center;height:24px}
#list .heads{position:sticky;top:0;background:var(--panel);z-index:1;color:var(--dim);font-family:var(--sans);font-size:13px;font-weight:600;border-bottom:1px solid var(--line);min-width:960px}
#list .line{position:absolute;left:0;right:0;cursor:default}
#list .line>span,#list .heads>span{overflow:hidden;text-overflow:ellipsis}
#list .line:hover{background:var(--panel)}
#list .line[aria-selected=true]{background:var(--accent);color:var(--paper)}
#list .r{text-align:right}
#list .line.error>span:first-child{color:var(--red);font-weight:700}
#list .line[aria-selected=true].error>span:first-child{color:inherit}
#detail{margin-top:14px;border:1px solid var(--line);border-radius:6px;padding:12px 16px;max-height:52vh;overflow:auto}
#detail .frame{padding:0}
#detail [data-at]{cursor:pointer}
#detail:empty{display:none}
@media(max-width:720px){.top,#packets{padding-left:16px;padding-right:16px}.views .end{margin-left:0;width:100%}.drop{padding:20px 14px}}
@media print{.top,#packets{display:none!important}}
`;
