"""The style sheet of the fragments: one look for documents, threads and reports, in whatever stands around them.

The colours are the host's where it has variables for them (JupyterLab and what nbconvert makes of it, VS Code), and
else ours, by `prefers-color-scheme`. The pages of the classic notebook and of nbviewer have neither variables nor a
dark theme: what they show has the class ``rendered_html`` around it, and stays light. Every rule is about `.sgm`, so
that nothing of the host's changes, and has two classes, so that little of the host's changes ours. Lengths are in
pixels: the root of the classic notebook has small letters.
"""

from __future__ import annotations

from .colours import HUES

COLOURS = tuple(",".join(map(str, hue)) for hue in HUES)
"""Of the bars, as CSS has them."""

TINT = 0.14
"""Opacity of the bands behind the text."""

_OWN = {"fg": ("#1b1b1b", "#e8e8e8"), "bg": ("#fff", "#161616"), "accent": ("#0072b2", "#56b4e9")}
_LIGHT, _DARK = (";".join(f"--sgm-{name}0:{pair[i]}" for name, pair in _OWN.items()) for i in (0, 1))

_COMMON = f"""
.sgm{{{_LIGHT};--sgm-fg:var(--jp-content-font-color1,var(--vscode-editor-foreground,var(--sgm-fg0)));
--sgm-bg:var(--jp-layout-color0,var(--vscode-editor-background,var(--sgm-bg0)));
--sgm-soft:var(--sgm-fg);--sgm-line:rgba(128,128,128,.5);--sgm-accent:var(--sgm-fg);
color:var(--sgm-fg);background:var(--sgm-bg);font:15px/1.6 system-ui,"Noto Sans","Noto Sans Arabic",sans-serif;
padding:12px;max-width:960px;margin:0 0 24px;overflow-wrap:anywhere;box-sizing:border-box;text-align:start;
overflow:hidden;overflow:clip;contain:paint}}
@media (prefers-color-scheme:dark){{.sgm:not(.rendered_html .sgm){{{_DARK}}}}}
@supports (color:color-mix(in srgb,red 50%,blue)){{.sgm{{--sgm-soft:color-mix(in srgb,var(--sgm-fg) 78%,var(--sgm-bg));
--sgm-line:color-mix(in srgb,var(--sgm-fg) 25%,var(--sgm-bg));
--sgm-accent:color-mix(in srgb,var(--sgm-fg) 30%,var(--sgm-accent0))}}}}
.sgm *{{box-sizing:border-box}}
.sgm .sgm-head{{display:flex;flex-wrap:wrap;gap:2px 14px;color:var(--sgm-soft);font-size:13px;margin:0 0 8px}}
.sgm .sgm-head>:first-child{{color:var(--sgm-fg);font-weight:600}}
.sgm .sgm-note{{color:var(--sgm-soft);font-size:13px;margin:6px 0;padding:0;text-align:start}}
.sgm code.sgm-call{{font:12px/1.5 ui-monospace,monospace;color:var(--sgm-fg);background:none;padding:0;
unicode-bidi:isolate;direction:ltr}}
.sgm .sgm-tag{{display:inline-block;unicode-bidi:isolate;font:600 11px/1.5 system-ui,sans-serif;color:var(--sgm-soft);
border:1px solid var(--sgm-line);border-radius:3px;padding:0 5px;margin:0}}
.sgm .sgm-key{{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:13px;color:var(--sgm-soft);margin:3px 0 0}}
.sgm .sgm-topic{{border:1px solid var(--sgm-line);border-radius:10px;padding:0 8px;unicode-bidi:isolate}}
.sgm summary{{cursor:pointer;font-size:13px;border-radius:3px;display:list-item}}
.sgm :focus-visible{{outline:2px solid var(--sgm-fg);outline-offset:1px}}
@media (forced-colors:active){{.sgm *{{forced-color-adjust:auto}}}}
"""

_DOCUMENT = f"""
.sgm .sgm-story{{margin:0 0 12px;padding:10px 14px;border:0;border-inline-start:5px solid rgb(var(--sgm-c));
background:rgba(var(--sgm-c),{TINT});border-radius:4px}}
.sgm .sgm-beside{{background:none;border-inline-start-style:dotted}}
.sgm .sgm-story:target,.sgm .sgm-b:target{{outline:2px solid rgb(var(--sgm-c))}}
.sgm .sgm-bar{{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 10px;font-size:13px;color:var(--sgm-soft)}}
.sgm .sgm-number{{font-weight:700;color:var(--sgm-fg);border-bottom:2px solid rgb(var(--sgm-c))}}
.sgm .sgm-title{{font-weight:600;color:var(--sgm-fg)}}
.sgm .sgm-made{{font-weight:400;font-style:italic}}
.sgm .sgm-best{{border-color:rgb(var(--sgm-c));color:var(--sgm-fg)}}
.sgm .sgm-begins{{margin-inline-start:auto;border-bottom:1px dotted var(--sgm-soft);cursor:help}}
.sgm .sgm-b{{margin:7px 0;padding:0;color:inherit;background:none;font-size:inherit;line-height:inherit;
white-space:pre-wrap;unicode-bidi:isolate;text-align:start}}
.sgm .sgm-headline{{font-size:19px;font-weight:700;line-height:1.4}}
.sgm .sgm-heading{{font-size:16px;font-weight:700}}
.sgm .sgm-caption,.sgm .sgm-credit{{color:var(--sgm-soft);font-size:14px}}
.sgm .sgm-embed{{padding-inline-start:12px;border-inline-start:2px dotted var(--sgm-soft)}}
.sgm .sgm-near{{border-style:dashed;border-color:var(--sgm-soft);cursor:help}}
.sgm .sgm-none{{margin:8px 0;border:1px dashed var(--sgm-line);border-radius:4px;padding:3px 12px;color:var(--sgm-soft);
font-size:14px}}
.sgm .sgm-none>summary{{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}}
.sgm details[open]>summary>.sgm-peek{{display:none}}
.sgm .sgm-more{{margin:8px 0;padding:0}}
.sgm .sgm-more>summary{{font-weight:600;padding:3px 0}}
.sgm .sgm-map{{position:relative;margin:0 0 14px;padding:0;direction:ltr}}
.sgm .sgm-map svg{{display:block;width:100%;height:56px;margin:0;overflow:visible}}
.sgm .sgm-map path{{fill:none;vector-effect:non-scaling-stroke}}
.sgm .sgm-rule{{stroke:var(--sgm-line)}}
.sgm .sgm-low{{stroke:var(--sgm-soft);stroke-width:2}}
.sgm .sgm-high{{stroke:var(--sgm-fg);stroke-width:2.5}}
.sgm .sgm-map a,.sgm .sgm-map i{{position:absolute;color:var(--sgm-fg);text-decoration:none}}
.sgm .sgm-map .sgm-dot{{width:13px;height:100%;top:0;margin-left:-6.5px}}
.sgm .sgm-map .sgm-dot::before{{content:"";position:absolute;left:2px;top:var(--sgm-y);width:9px;height:9px;
margin-top:-4.5px;border-radius:50%;background:var(--sgm-fg)}}
.sgm .sgm-map .sgm-maybe::before{{background:var(--sgm-bg);border:2px solid var(--sgm-soft);width:7px;height:7px;
left:3px;margin-top:-3.5px}}
.sgm .sgm-dense .sgm-dot{{width:5px;margin-left:-2.5px}}
.sgm .sgm-dense .sgm-dot::before{{left:0;width:5px;height:5px;margin-top:-2.5px}}
.sgm .sgm-dense .sgm-high{{stroke-width:1}}
.sgm .sgm-map .sgm-slim{{font-size:0}}
.sgm .sgm-map .sgm-dot:hover::before{{outline:2px solid var(--sgm-soft);outline-offset:1px}}
.sgm .sgm-curve{{position:relative;display:block;height:56px}}
.sgm .sgm-bands{{position:relative;display:block;height:20px;margin-top:4px}}
.sgm .sgm-bands a,.sgm .sgm-bands i{{top:0;height:100%;min-width:2px;overflow:hidden;text-align:center;
font:600 11px/15px system-ui,sans-serif;background:rgba(var(--sgm-c),.3);border-bottom:5px solid rgb(var(--sgm-c));
border-radius:2px}}
.sgm .sgm-bands a:hover{{background:rgba(var(--sgm-c),.55)}}
.sgm .sgm-here{{height:100%;top:0;border:2px solid var(--sgm-fg);border-radius:3px;pointer-events:none;
min-width:6px}}
""" + "".join(f".sgm .sgm-c{i}{{--sgm-c:{colour}}}\n" for i, colour in enumerate(COLOURS))

_TABLES = """
.sgm .sgm-scroll{overflow-x:auto;margin:0 0 14px}
.sgm table.sgm-table{border-collapse:collapse;border:0;margin:0;font-size:14px;line-height:1.5;width:auto;color:inherit;
table-layout:auto}
.sgm .sgm-table caption{text-align:start;font-weight:600;padding:6px 0;color:var(--sgm-fg);caption-side:top;
font-size:14px}
.sgm .sgm-table tbody tr{background:none}
.sgm .sgm-table th,.sgm .sgm-table td{text-align:right;padding:4px 10px;border:0;
border-bottom:1px solid var(--sgm-line);font-variant-numeric:tabular-nums;font-weight:400;white-space:nowrap;
background:none;color:inherit;max-width:none}
.sgm .sgm-table thead th{font-weight:600;color:var(--sgm-soft);font-size:13px;vertical-align:bottom}
.sgm .sgm-table .sgm-left{text-align:left}
.sgm .sgm-table tbody th{font-weight:600}
.sgm .sgm-table td.sgm-win{font-weight:700;background:rgba(0,114,178,.16)}
.sgm .sgm-win::before{content:"\\25CF\\00A0";font-size:9px;vertical-align:1px}
.sgm .sgm-wrap{white-space:normal!important;min-width:144px}
.sgm .sgm-list{margin:4px 0;padding-inline-start:20px}
"""

_THREAD = """
.sgm .sgm-name{font-size:19px;font-weight:700;line-height:1.4;margin:0 0 4px;padding:0;color:inherit;
unicode-bidi:isolate;text-align:start}
.sgm .sgm-time{margin:10px 0 12px;direction:ltr}
.sgm .sgm-time svg{display:block;width:100%;height:34px;border-bottom:1px solid var(--sgm-soft);margin:0}
.sgm .sgm-time path{fill:var(--sgm-accent)}
.sgm .sgm-time .axis{display:flex;justify-content:space-between;gap:8px;margin:2px 0 0;
color:var(--sgm-soft);font-size:13px}
.sgm .sgm-item{border:0;border-top:1px solid var(--sgm-line);margin:0;padding:6px 0;text-align:start;font-size:15px;
line-height:1.6}
.sgm .sgm-item>summary{font-size:15px}
.sgm .sgm-facts,.sgm .sgm-copies{color:var(--sgm-soft);font-size:13px}
.sgm .sgm-item .sgm-facts{display:inline-flex;flex-wrap:wrap;align-items:baseline;gap:0 10px;margin-inline:0 8px}
.sgm .sgm-what{font-weight:600;unicode-bidi:isolate}
.sgm .sgm-untitled{font-weight:400;font-style:italic}
.sgm .sgm-text{white-space:pre-line;unicode-bidi:plaintext;text-align:start;margin:4px 0 8px;padding:0;max-width:704px}
.sgm .sgm-text:dir(rtl){margin-inline-end:auto;margin-inline-start:0}
.sgm .sgm-copies{margin:0 0 4px;padding:2px 0 4px 0;padding-inline-start:18px}
.sgm .sgm-copies .sgm-item{border:0;padding:2px 0;font-size:14px}
.sgm .sgm-copies .sgm-what{font-weight:400}
"""


def _sheet(*rules: str) -> str:
    return f"<style>{''.join(rules)}</style>\n"


DOCUMENT = _sheet(_COMMON, _DOCUMENT)
THREAD = _sheet(_COMMON, _THREAD)
REPORT = _sheet(_COMMON, _TABLES)
