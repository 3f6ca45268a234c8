"""An explanation as HTML: a table of terms, with a bar to the one side or the other for each."""

from __future__ import annotations

from ..explanation import Explanation, Term
from .markup import clean, inline

_STYLE = """<style>
.sgm-why{font:14px/1.5 system-ui,"Noto Sans","Noto Sans Arabic",sans-serif;max-width:60rem;overflow-wrap:anywhere}
.sgm-why p{margin:4px 0}.sgm-why .sgm-line{font-weight:600;text-align:start}
.sgm-why table{border-collapse:collapse;width:100%}
.sgm-why td,.sgm-why th{padding:3px 8px;text-align:start;vertical-align:top;background:none}
.sgm-why tfoot td{font-weight:600;border-top:1px solid currentColor}
.sgm-why td.sgm-odds{text-align:end;white-space:nowrap;font-variant-numeric:tabular-nums}
.sgm-why td.sgm-side{width:120px;min-width:120px;padding:6px 0}
.sgm-why .sgm-side div{height:10px;background:linear-gradient(currentColor,currentColor) 50% 0/1px 100% no-repeat}
.sgm-why .sgm-side i{display:block;height:10px;border-radius:2px}
.sgm-why .sgm-for{background:rgb(0,114,178)}.sgm-why .sgm-against{background:rgb(213,94,0)}
</style>
"""


def explanation_html(explanation: Explanation) -> str:
    """Draw an explanation as an HTML fragment, without scripts or references to anything outside of it."""
    most = max((abs(odds) for odds in (explanation.log_odds, *(term.log_odds for term in explanation.terms))),
               default=1.0) or 1.0  # fmt: skip
    rows = "".join(_row(term, most) for term in explanation.terms)
    table = ""
    if rows:
        total = _row(Term("log odds of a boundary", explanation.log_odds), most)
        heads = "".join(f"<th>{head}</th>" for head in ("term", "log odds", "against · for", "carried by"))
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody><tfoot>{total}</tfoot></table>\n"
    return (f'{_STYLE}<div class="sgm-why" dir="ltr">\n<p class="sgm-line" dir="auto">{clean(explanation.line)}</p>\n'
            f"<p>At {explanation.at:,}: {inline(explanation.verdict, 500)}</p>\n{table}</div>\n")  # fmt: skip


def _row(term: Term, most: float) -> str:
    share = 50.0 * min(1.0, abs(term.log_odds) / most)
    start = 50.0 if term.log_odds > 0 else 50.0 - share
    side = "for" if term.log_odds > 0 else "against"
    bar = f'<div><i class="sgm-{side}" style="width:{share:.1f}%;margin-left:{start:.1f}%"></i></div>'
    cells = f'<td>{inline(term.name)}</td><td class="sgm-odds">{term.log_odds:+.2f}</td>'
    return f'<tr>{cells}<td class="sgm-side" dir="ltr">{bar}</td><td dir="auto">{inline(term.detail, 400)}</td></tr>'
