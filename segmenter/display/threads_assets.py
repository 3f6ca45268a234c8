"""The style sheet and the script of the page of threads."""

from __future__ import annotations

# The blues are those of Okabe and Ito (2008, "Color Universal Design"); nothing is told by colour alone.
STYLE = """<style>
:root{color-scheme:light dark;--fg:#1b1b1b;--soft:#595959;--bg:#f6f6f6;--card:#fff;--line:#d4d4d4;--bar:#0072b2;
--tint:#eef4f9}
@media (prefers-color-scheme:dark){:root{--fg:#e8e8e8;--soft:#ababab;--bg:#121212;--card:#1d1d1d;--line:#454545;
--bar:#56b4e9;--tint:#1f2a33}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--bg);color:var(--fg);overflow-wrap:anywhere;text-align:start;
font:15px/1.55 system-ui,"Noto Sans","Noto Sans Arabic",sans-serif}
main{max-width:64rem;margin:0 auto;padding:16px}
h1{font-size:24px;line-height:1.35;margin:0 0 4px}
p{margin:0}
.facts,.m,.k,.note,.axis,.out{color:var(--soft);font-size:13px}
.facts,.m,.k,.out{display:flex;flex-wrap:wrap;gap:1px 14px;align-items:baseline}
.facts b{color:var(--fg)}
.note{font-style:italic;margin:6px 0}
#tools{display:flex;flex-wrap:wrap;gap:8px 18px;align-items:center;margin:14px 0 0;padding:0;border:0}
#tools label:first-child{flex:1 1 16rem;display:flex;gap:8px;align-items:center}
input,select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:4px;
padding:5px 8px;min-width:0}
input{flex:1;width:100%}
button{cursor:pointer}
:focus-visible{outline:3px solid var(--bar);outline-offset:1px}
.axis{display:flex;justify-content:space-between;gap:8px;width:15rem;margin:12px 15px 4px auto}
.t{background:var(--card);border:1px solid var(--line);border-radius:6px;margin:0 0 8px;
content-visibility:auto;contain-intrinsic-size:auto 96px}
.t>summary{display:grid;grid-template-columns:12px minmax(0,1fr) 15rem;gap:4px 12px;padding:10px 14px;cursor:pointer;
list-style:none;border-radius:6px}
summary::-webkit-details-marker{display:none}
summary::before{content:"";width:0;height:0;border:5px solid transparent;border-inline-start:7px solid var(--soft);
border-inline-end:0;margin-top:7px;flex:none}
details[open]>summary::before{transform:rotate(90deg)}
details[open]>summary:dir(rtl)::before{transform:rotate(-90deg)}
.t>summary:hover,.s>summary:hover{background:var(--tint)}
h2{font-size:17px;line-height:1.4;margin:0 0 2px;unicode-bidi:isolate;text-align:start}
.m b{color:var(--fg)}
.m bdi{border:1px solid var(--line);border-radius:10px;padding:0 8px;color:var(--fg)}
svg{display:block;width:100%;height:34px;border-bottom:1px solid var(--soft);align-self:end}
path{fill:var(--bar)}
.b{padding:2px 14px 12px 38px}
.out{border-top:1px solid var(--line);padding:8px 0}
.out bdi{color:var(--fg)}
.s{border-top:1px solid var(--line)}
.s>summary,.n,.c>summary{display:flex;gap:4px 10px;padding:5px 0;align-items:baseline;list-style:none}
.s>summary,.c>summary{cursor:pointer}
.s>summary::before,.c>summary::before{align-self:start;margin-top:7px}
.n::before{content:"";width:7px;flex:none}
time{color:var(--soft);font-size:13px;white-space:nowrap;flex:none;font-variant-numeric:tabular-nums}
.o{color:var(--soft);font-size:13px;flex:none;max-width:16rem}
.h{unicode-bidi:isolate;font-weight:600;min-width:0}
.c .h,.w{font-weight:400}
.w{font-style:italic;color:var(--soft)}
.x{white-space:pre-line;unicode-bidi:plaintext;text-align:start;margin:2px 0 12px;padding:0 17px;max-width:44rem}
.x:dir(rtl){margin-inline-start:0;margin-left:auto}
.c{margin-inline-start:17px;font-size:14px}
.c>summary{color:var(--soft);font-size:13px}
.c ul{list-style:none;margin:0;padding:0 17px 4px}
@media (max-width:640px){main{padding:10px}.axis{width:auto;margin:12px 11px 4px 35px}
.t>summary{grid-template-columns:12px minmax(0,1fr);padding:8px 10px}.t svg{grid-column:2}
.b{padding:2px 10px 10px 14px}.s>summary,.n{flex-wrap:wrap}.s .h,.n .h{flex:1 1 100%;padding-inline-start:17px}
.x{padding:0 4px}}
@media print{:root{color-scheme:light;--fg:#000;--soft:#444;--bg:#fff;--card:#fff;--line:#bbb;--bar:#0072b2}
#tools{display:none!important}main{max-width:none;padding:0}.t{content-visibility:visible}
.t>summary,.s>summary{break-inside:avoid;break-after:avoid}*{print-color-adjust:exact}}
@media (forced-colors:active){path{fill:CanvasText}}
</style>
"""

# Without it everything is there but the search, the order and the button. What is folded in `fold`: letters that
# Arabic writers use for one another, digits of all three kinds, the Latin letters that do not decompose.
SCRIPT = r"""
(() => {
'use strict';
const marks = new RegExp('[\\u0300-\\u036f\\u0483-\\u0487\\u0591-\\u05bd\\u05bf-\\u05c7\\u0610-\\u061a\\u0640' +
  '\\u064b-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e8\\u06ea-\\u06ed\\u08d3-\\u08ff\\u00ad\\u061c\\u200b-\\u200f' +
  '\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff]', 'g');
const same = {'\u0671': '\u0627', '\u0649': '\u064a', '\u06cc': '\u064a', '\u0629': '\u0647', '\u06a9': '\u0643',
  '\u00df': 'ss', '\u00e6': 'ae', '\u0153': 'oe', '\u00f8': 'o', '\u0111': 'd', '\u00f0': 'd', '\u0142': 'l',
  '\u0131': 'i', '\u00fe': 'th', '\u03c2': '\u03c3', '\u2019': "'", '\u02bc': "'", '\u2018': "'"};
for (let i = 0; i < 10; i++) {
  same[String.fromCharCode(0x660 + i)] = same[String.fromCharCode(0x6f0 + i)] = String(i);
}
const odd = new RegExp('[' + Object.keys(same).join('') + ']', 'g');
const fold = text => text.normalize('NFKD').replace(marks, '').toLowerCase().replace(odd, c => same[c])
  .replace(/\s+/g, ' ');

const by = id => document.getElementById(id);
const list = by('threads'), query = by('query'), order = by('order'), all = by('all'), found = by('found');
const cards = Array.from(list.children), texts = new Array(cards.length);
const text = i => texts[i] ??= fold(Array.from(cards[i].querySelectorAll('bdi,h2,.h,.x'), e => e.textContent)
  .join('\n'));

let turn = 0, waiting = 0;
const search = () => {
  const mine = ++turn, words = fold(query.value).split(' ').filter(Boolean);
  let i = 0, hits = 0;
  found.textContent = words.length ? '…' : '';
  // In slices, so that typing goes on while the texts of a large page are folded for the first time.
  const slice = () => {
    if (mine !== turn) return;
    for (const end = performance.now() + 30; i < cards.length && performance.now() < end; i++) {
      const hit = words.every(word => text(i).includes(word));
      cards[i].hidden = !hit;
      hits += hit;
    }
    if (i < cards.length) setTimeout(slice);
    else if (words.length) found.textContent = `${hits} of ${cards.length} threads`;
  };
  slice();
};
const sort = () => {
  const size = card => Number(card.dataset.n);
  list.append(...(order.value === 'large' ? cards.slice().sort((a, b) => size(b) - size(a)) : cards));
};
const aim = () => {
  const card = location.hash.length > 1 && by(decodeURIComponent(location.hash.slice(1)));
  if (card && card.parentNode === list) { card.open = true; card.scrollIntoView(); }
};
query.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
order.addEventListener('change', sort);
all.addEventListener('click', () => {
  const shown = cards.filter(card => !card.hidden), open = !shown.every(card => card.open);
  for (const card of shown) card.open = open;
});
addEventListener('hashchange', aim);
by('tools').hidden = false;
// A browser that goes back to the page fills the fields again.
addEventListener('pageshow', () => { if (query.value) search(); if (order.value !== 'new') sort(); });
aim();
})();
"""
