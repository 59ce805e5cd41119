"""The look of a report's page: on a desk, on a tablet, on a phone, in the dark and on paper."""

STYLE = """
:root{color-scheme:light dark;--ink:#1b2733;--soft:#5a6875;--line:#d5dce3;--paper:#fff;--band:#f4f6f8;--mark:#8a5a00;
--link:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#a3b0bd;--line:#36424e;--paper:#12181e;--band:#1a222a;
--mark:#e3b15a;--link:#8cc1ff}figure>svg{background:#fff;border-radius:6px;padding:8px}}
*{box-sizing:border-box}
body{font:15px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;color:var(--ink);
background:var(--paper);max-width:64rem;margin:0 auto;padding:2rem 1.25rem 4rem;font-variant-numeric:tabular-nums}
h1{font-size:1.9rem;line-height:1.2;margin:0}h2{margin:2.6rem 0 .6rem;font-size:1.3rem;border-top:1px solid var(--line);
padding-top:1.2rem}.subtitle{color:var(--soft);font-size:1.05rem;margin:.3rem 0 1rem}
.mark{border-left:4px solid var(--mark);padding:.5rem .9rem;background:var(--band);margin:1rem 0}
p{max-width:46rem}.note,caption small{color:var(--soft);font-size:.87rem}
.status{border-left:4px solid var(--mark);padding:.2rem .9rem;background:var(--band);margin:.6rem 0}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
section,figure,.scroll{scroll-margin-top:1rem}
.scroll{overflow-x:auto;margin:1rem 0 1.4rem}table{border-collapse:collapse;min-width:60%}
caption{text-align:left;font-weight:600;padding:.3rem 0 .4rem}th,td{padding:.32rem .8rem .32rem 0;text-align:left;
vertical-align:top}thead th{border-bottom:2px solid var(--ink);font-weight:600;white-space:pre-line}
thead th{vertical-align:bottom}
tbody tr{border-bottom:1px solid var(--line)}tbody th{font-weight:400}.end{text-align:right;padding-right:1.1rem}
.whole{white-space:nowrap}
tr.group th{font-weight:600;padding-top:.7rem}tr.total th,tr.total td,tr.group td{font-weight:600}
tr.group td{padding-top:.7rem}
.in1{padding-left:1.2rem}.in2{padding-left:2.4rem}figure{margin:1.2rem 0}figure svg{max-width:100%;height:auto}
figcaption{font-weight:600}figcaption span{display:block;font-weight:400;color:var(--soft);font-size:.9rem}
summary{cursor:pointer;min-height:2.75rem;padding:.6rem 0;color:var(--link);font-weight:600}
details.numbers{border-top:1px solid var(--line)}details.numbers ul{margin:.2rem 0 1rem;padding-left:1.2rem}
#contents{border:1px solid var(--line);border-radius:6px;margin:1.4rem 0;padding:.4rem 1rem .8rem}
#contents h2{border:0;margin:.6rem 0 .3rem;padding:0;font-size:1rem}
#contents ol{margin:0;padding:0 0 0 1.9rem;columns:2;column-gap:2.5rem}
#contents li{break-inside:avoid}#contents a{color:inherit;display:block;padding:.7rem 0}
#contents li::marker{color:var(--soft)}
#contents a[aria-current]{color:var(--link);font-weight:600}#contents small{color:var(--mark)}
.up{position:fixed;right:.8rem;bottom:.8rem;min-height:2.75rem;padding:.65rem 1rem;border-radius:6px;
background:var(--ink);color:var(--paper);text-decoration:none;font-weight:600;opacity:.94}
.tools{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center;margin:1rem 0 0}
.tools input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:6px;
min-height:2.75rem;padding:.3rem .7rem;max-width:100%}
th button{font:inherit;color:inherit;background:none;border:0;padding:.5rem 0;min-height:2.75rem;min-width:2.75rem;
text-align:inherit;white-space:inherit;cursor:pointer}
th button::after{content:" \\2195";color:var(--soft)}th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
@media (max-width:40rem){#contents ol{columns:1}}
@media (min-width:75rem){body{max-width:86rem}.page{display:grid;grid-template-columns:17rem minmax(0,1fr);gap:2.5rem}
#contents{position:sticky;top:1rem;max-height:calc(100vh - 2rem);overflow-y:auto;align-self:start;font-size:.9rem}
#contents ol{columns:1}#contents a{padding:.3rem 0}main h2:first-child{margin-top:1.4rem}.up{display:none}}
@media print{body{max-width:none;padding:0}h2,figure,tr{break-inside:avoid}.up,.tools,summary{display:none}
details::details-content{content-visibility:visible!important;block-size:auto!important}
details.numbers{display:none}tr[hidden]{display:table-row}}
"""
