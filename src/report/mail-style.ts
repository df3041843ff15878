/** The style of a report that stands alone: as a page of Windsock looks, in light colours, as mail and paper have them. */
export const mailStyle = `
body{margin:0;background:#f6f7f9;color:#17202b;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
main{overflow-wrap:anywhere;max-width:60rem;margin:0 auto;padding:1.5rem 1rem}
h1{font-size:1.5rem;line-height:1.25;margin:0}
h2{font-size:1.15rem;margin:2rem 0 .5rem;padding-bottom:.3rem;border-bottom:1px solid #e0e4e9}
h3{font-size:1rem;margin:1.2rem 0 .4rem}
small,.subtitle,.more{color:#556170;font-size:.85rem;font-weight:400}
p{margin:.3rem 0}
a{color:#0a58b5}
.notes{margin:1rem 0;padding:.6rem 1rem .6rem 2rem;background:#fcefd2;border-radius:6px}
.figures{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}
.figures div{flex:1 1 11rem;background:#fff;border:1px solid #e0e4e9;border-radius:8px;padding:.6rem .8rem}
dt{color:#556170;font-size:.85rem}
dd{margin:0}
dd b{display:block;font-size:1.25rem;line-height:1.4}
dd b.unknown{color:#556170;font-size:.95rem;font-weight:400}
.good{color:#13693a}
.bad{color:#a81e17}
.told{margin:.3rem 0;padding-left:1.1rem}
.told li{margin:.4rem 0;overflow-wrap:anywhere}
.told p{margin:.1rem 0;font-size:.9rem}
table{width:100%;border-collapse:collapse;background:#fff;font-size:.9rem}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #e0e4e9;vertical-align:top}
tbody th{font-weight:400;overflow-wrap:anywhere}
thead th{color:#556170;font-weight:600;font-size:.85rem}
.number{text-align:right;white-space:nowrap}
@media (max-width:44rem){
thead{display:none}
tr{display:flex;flex-wrap:wrap;gap:.1rem 1rem;padding:.4rem .6rem;border-bottom:1px solid #e0e4e9}
th,td{border:0;padding:0;min-width:0}
tbody th{flex:1 1 100%}
td[data-label]::before{content:attr(data-label) " ";color:#556170;font-size:.85rem}
.number{text-align:left;white-space:normal}
}
@media print{body{background:#fff}section{break-inside:avoid-page}}
`;
