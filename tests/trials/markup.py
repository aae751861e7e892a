"""Text that wants to be markup: more than 200 payloads for SEC5, and what would be alive of them in a page.

Every payload carries CANARY, so that whatever becomes an element, an attribute, a handler, a script or an address
is found again. `LOOK` is run by a real browser over pages parsed as a browser parses them.
"""

from __future__ import annotations

from typing import Final

CANARY: Final = "xq9"
SUM: Final = f"49{CANARY}"
"""What a template engine would make of some payloads."""

_BREAKOUTS = (
    "",
    '"',
    "'",
    '">',
    "'>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "-->",
    "</noscript>",
    "</option></select>",
    "</svg>",
    "</template>",
    "]]>",
    "\\",
    "`",
)
_ELEMENTS = (
    "<script>xq9()</script>",
    "<img src=x onerror=xq9()>",
    "<svg/onload=xq9()>",
    "<xq9-el xq9>",
    "<a href=javascript:xq9()>x</a>",
    "<iframe src=//xq9.example></iframe>",
    "<input autofocus onfocus=xq9()>",
    "<div hx-get=//xq9.example hx-trigger=load>",
)
_TAGS = (
    "<ScRiPt>xq9()</sCrIpT>",
    "<script src=//xq9.example/a.js></script>",
    "<script\x0b>xq9()</script>",
    "<script/x>xq9()</script>",
    "<<script>xq9()//<</script>",
    "<svg><script>xq9()</script></svg>",
    "<svg><a xlink:href=javascript:xq9()><text y=9>x",
    "<svg><animate onbegin=xq9() attributeName=x>",
    "<math><mtext><img src onerror=xq9()>",
    "<math href=javascript:xq9()>x</math>",
    "<body onload=xq9()>",
    "<details open ontoggle=xq9()>",
    "<base href=//xq9.example/>",
    "<link rel=stylesheet href=//xq9.example>",
    "<meta http-equiv=refresh content='0;url=//xq9.example'>",
    "<object data=javascript:xq9()>",
    "<embed src=//xq9.example>",
    "<form action=javascript:xq9()><button>x",
    "<button formaction=javascript:xq9()>x",
    "<video><source onerror=xq9()></video>",
    "<audio src=x onerror=xq9()>",
    "<marquee onstart=xq9()>x",
    "<style>*{background:url(//xq9.example)}</style>",
    "<template><script>xq9()</script></template>",
    "<noscript><img src=x onerror=xq9()></noscript>",
    "<textarea autofocus onfocus=xq9()>",
    "<select autofocus onfocus=xq9()>",
    "<b style=background:url(//xq9.example)>x",
    "<img src='//xq9.example/p.png'>",
    "<table background=//xq9.example>",
    "<frameset onload=xq9()>",
    "<isindex action=javascript:xq9()>",
    "<div hx-on:click=xq9()>x</div>",
    "<div data-xq9>x</div>",
    "<!--><img src=x onerror=xq9()>-->",
    "<?xq9 ?><img src=x onerror=xq9()>",
    "<![CDATA[<img src=x onerror=xq9()>]]>",
    "<img src=x onerror=xq9()//",
)
_ATTRIBUTES = (
    '" onmouseover=xq9() x="',
    "' onmouseover=xq9() x='",
    " onclick=xq9() ",
    "x onerror=xq9()",
    '" xq9 x="',
    '" style="background:url(//xq9.example)',
    '" autofocus onfocus="xq9()',
    '" hx-get="//xq9.example" x="',
    '" formaction="javascript:xq9()',
    "`onmouseover=xq9()`",
    '"/onfocus=xq9()/x="',
    "&quot; onfocus=xq9() &quot;",
)
_ADDRESSES = (
    "javascript:xq9()",
    "JaVaScRiPt:xq9()",
    "java\tscript:xq9()",
    " javascript:xq9()",
    "\x01javascript:xq9()",
    "javascript://%0axq9()",
    "javascript&colon;xq9()",
    "data:text/html,<script>xq9()</script>",
    "data:text/html;base64,eHE5",
    "vbscript:xq9()",
    "//xq9.example/",
    "https://xq9.example/",
    "\\\\xq9.example\\",
    "=> javascript:xq9()",
    "=> https://xq9.example/",
    "[x](javascript:xq9())",
    "<https://xq9.example/>",
)
_TEMPLATES = (
    "{{7|add:42}}xq9",
    "{{7|add:'42'}}xq9",
    "{{ 7*7 }}xq9",
    "${7*7}xq9",
    "#{7*7}xq9",
    "<%= 7*7 %>xq9",
    "{7*7}xq9",
    "*{7*7}xq9",
    "@(7*7)xq9",
    "{% widthratio 49 1 1 %}xq9",
    "{% firstof 49 %}xq9",
    "{0.__class__}xq9",
    "{%comment%}xq9{%endcomment%}",
    "%(xq9)s",
    "{xq9}",
    "{{ clinic.__class__ }}xq9",
)
_STYLES = (
    ";background:url(//xq9.example)",
    "expression(xq9())",
    "}*{background:url(//xq9.example)}",
    "@import '//xq9.example'",
    "</style><img src=x onerror=xq9()>",
    "-moz-binding:url(//xq9.example)",
)
_SCRIPTS = (
    "';xq9();//",
    '";xq9();//',
    "\\';xq9();//",
    '"};xq9();//',
    "${xq9()}",
    "'-xq9()-'",
    "*/xq9()/*",
    "</script><script>xq9()</script>",
    "<!--<script>xq9()",
    "js:xq9()",
)
_ENTITIES = (
    "&lt;script&gt;xq9()&lt;/script&gt;",
    "&#60;img src=x onerror=xq9()&#62;",
    "&#x3c;svg onload=xq9()&#x3e;",
    "&amp;lt;img src=x onerror=xq9()&amp;gt;",
    "%3Cscript%3Exq9()%3C/script%3E",
    "%253Cscript%253Exq9()",
    "\\x3cscript\\x3exq9()",
    "\\u003cscript\\u003exq9()",
    "+ADw-script+AD4-xq9()",
    "&ltscript&gtxq9()",
)
_UNICODE = (
    "＜script＞xq9()＜/script＞",
    "<\u017fcript>xq9()</\u017fcript>",
    "<\u0131mg src=x onerror=xq9()>",
    "<\u200bscript>xq9()</script>",
    "<sc\u00adript>xq9()</sc\u00adript>",
    "ʺ onfocus=xq9() ʺ",
    "﹤img src=x onerror=xq9()﹥",
    "\u2028<img src=x onerror=xq9()>",
    "\u202e<img src=x onerror=xq9()>",
    "\ufeff<script>xq9()</script>",
    "‹script›xq9()‹/script›",
    "<i\u0307mg src=x onerror=xq9()>",
)


def payloads() -> list[str]:
    """All of them, each once, those of one family far apart."""
    families = [
        [breakout + element for element in _ELEMENTS for breakout in _BREAKOUTS],
        list(_TAGS),
        list(_ATTRIBUTES),
        list(_ADDRESSES),
        list(_TEMPLATES),
        list(_STYLES),
        list(_SCRIPTS),
        list(_ENTITIES),
        list(_UNICODE),
    ]
    placed = sorted(((number + 0.5) / len(family), text) for family in families for number, text in enumerate(family))
    return list(dict.fromkeys(text for _, text in placed))


LOOK: Final = """(pages) => pages.map(([name, html]) => {
  const CANARY = "xq9", found = [];
  const page = new DOMParser().parseFromString(html, "text/html");
  const alien = /^(iframe|object|embed|frame|frameset|base|applet|marquee|math|video|audio)$/;
  const leads = new RegExp("^((xlink:)?href|src|srcset|(form)?action|data|poster|background|cite|manifest|" +
    "hx-(get|post|put|patch|delete|vals))$");
  const say = (what, node) => found.push(`${what}: ${node.outerHTML.slice(0, 160)}`);
  const address = (value) => {
    const plain = value.replace(/[\\u0000-\\u0020]/g, "").toLowerCase();
    if (/^(javascript|vbscript|data|js):/.test(plain)) return true;
    try { return new URL(value, "https://clinic.example/").host.includes(CANARY); } catch { return false; }
  };
  const walk = (root) => {
    for (const node of root.querySelectorAll("*")) {
      const tag = node.localName;
      if (tag.includes(CANARY) || alien.test(tag)) say("element", node);
      if (tag === "meta" && node.getAttribute("http-equiv")) say("meta", node);
      const runs = tag === "script" && !/json/.test(node.type);
      if ((runs || tag === "style") && node.textContent.includes(CANARY)) say("script", node);
      for (const {name, value} of node.attributes) {
        if (/^on/i.test(name) || /^hx-on/i.test(name)) say("handler", node);
        if (name.includes(CANARY)) say("attribute", node);
        if (name === "style" && value.includes(CANARY)) say("style", node);
        if (leads.test(name) && address(value)) say("address", node);
      }
      if (tag === "template") walk(node.content);
    }
  };
  walk(page);
  if (page.documentElement.textContent.includes("49" + CANARY)) found.push("template: it was evaluated");
  return [name, found];
})"""
"""Pages as [name, html] become [name, what is alive in them]."""
