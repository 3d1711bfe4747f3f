#include "cli/screen/html_page.h"

#include "base/html.h"
#include "base/text.h"

namespace bulkhead::cli {

namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2330;--dim:#5b6577;--line:#dfe3ea;--card:#f6f7f9;
--good:#1b7f4b;--note:#9a6200;--bad:#b3261e;--link:#1d5fbf}
@media(prefers-color-scheme:dark){:root{--bg:#14171d;--fg:#e3e7ee;--dim:#98a2b3;--line:#2c323d;
--card:#1b1f27;--good:#4cc38a;--note:#e0a63a;--bad:#ff8a80;--link:#7fb0ff}}
@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--card:#fff;
--good:#14603a;--note:#6f4700;--bad:#8c1d18;--link:#123f80}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:2rem 1.25rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:0 0 .25rem}
h2{font-size:1.1rem;margin:2.25rem 0 .5rem;break-after:avoid}
h2 small{font-weight:400;color:var(--dim)}
small{color:var(--dim)}
p{margin:.25rem 0;color:var(--dim)}
code{font:0.9em ui-monospace,monospace}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:600;color:var(--dim);font-size:.8rem;overflow-wrap:normal}
td.whole{overflow-wrap:normal}
td,th{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr{break-inside:avoid}
.good{color:var(--good)}.note{color:var(--note)}.bad{color:var(--bad)}
@media(max-width:44rem){thead{position:absolute;clip-path:inset(50%)}
tr{display:flex;flex-wrap:wrap;gap:0 .75rem;padding:.4rem 0;border-bottom:1px solid var(--line)}
td{border:0;padding:0}td:first-child{font-weight:600}td:nth-child(n+3){flex-basis:100%}}
@media print{body{max-width:none;padding:0;font-size:11px}}
)css";

}  // namespace

std::string html_page(const HtmlPage& page) {
  return base::cat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
      base::html_escaped(page.title), "</title>\n<style>", kStyle, page.style,
      "</style></head><body>\n", page.body, "</body></html>\n");
}

}  // namespace bulkhead::cli
