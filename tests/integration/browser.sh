#!/bin/bash
# The pages that the command writes, as a browser shows them: on a screen and on a telephone, in the light, in the dark
# and on paper. The pictures stay in $BUILD/pages.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
private_node "$@"

BROWSER=$(command -v chromium-headless-shell || command -v chromium || :)
[ -n "$BROWSER" ] || { skip "pages in a browser" "chromium-headless-shell is not here"; finish; }
install_program bulkhead
need_shim
PAGES=$BUILD/pages
rm -rf "$PAGES"
mkdir -p "$PAGES"

# ---- a node with something to tell --------------------------------------------------------------------

HOSTILE='</title><script>document.title="broken"</script><img src=x onerror=alert(1)>'
write_policy <<JSON
{ "version": 1, "rules": [ { "name": "cni", "match": { "namespace": "kube-system" },
  "because": $(jq -n --arg text "$HOSTILE" '$text'), "seccomp": { "unset": "keep" } } ] }
JSON
RUNTIME=$(runtimes | head -n 1)
make_bundle "$NODE/c" "$(args /bin/sleep 1000)" ".annotations = {
  \"io.kubernetes.cri.container-type\": \"container\", \"io.kubernetes.cri.sandbox-id\": \"5f2c\",
  \"io.kubernetes.cri.sandbox-namespace\": \"shop\", \"io.kubernetes.cri.sandbox-name\": \"web-7d4\",
  \"io.kubernetes.cri.container-name\": \"app\",
  \"io.kubernetes.cri.image-name\": $(jq -n --arg text "$HOSTILE" '$text | tojson' -r)}"
if [ -n "$RUNTIME" ]; then
  in_view "$RUNTIME" "$(link_shim "$RUNTIME")" run --detach --bundle "$NODE/c" paged </dev/null >"$NODE/out" 2>&1 ||
    not_ok "a container for the report starts" "$(cat "$NODE/out")"
fi
cp "$ROOT/tests/docs/denials.jsonl" "$ROOT/tests/docs/events.jsonl" /var/log/bulkhead/

"$NODE/bin/bulkhead" report --html "$PAGES/report.html" >/dev/null 2>&1
"$NODE/bin/bulkhead" explain --html runtime/default >"$PAGES/explain.html"
"$NODE/bin/bulkhead" default | jq 'del(.syscalls[0])' >"$NODE/other.json"
"$NODE/bin/bulkhead" diff --html "$NODE/other.json" runtime/default >"$PAGES/diff.html"
[ -z "$RUNTIME" ] || "$RUNTIME" delete --force paged >/dev/null 2>&1

# ---- looking -------------------------------------------------------------------------------------------

browse() { timeout 60 "$BROWSER" --headless --no-sandbox --disable-gpu --hide-scrollbars "$@" 2>/dev/null; }

# What a script that only looks finds in the page, as JSON: it stands in a copy.
LOOK='<script>
const words = [...document.querySelectorAll("h1,h2,td,p,code,li")].filter(e => e.textContent.trim());
const colour = e => getComputedStyle(e).color;
const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(Number); return 0.3 * r + 0.6 * g + 0.1 * b; };
/* words of ours that stand on two lines */
const lines = e => { const r = document.createRange(); r.selectNodeContents(e);
  return new Set([...r.getClientRects()].map(b => Math.round(b.top))).size; };
const broken = [...document.querySelectorAll("th,td:first-child,.whole")]
  .filter(e => /^[\w()]{1,15}$/.test(e.textContent.trim()) && lines(e) > 1);
const ground = getComputedStyle(document.body).backgroundColor;
document.title = JSON.stringify({
  wide: document.documentElement.scrollWidth - innerWidth,
  ground: light(ground), faint: words.filter(e => Math.abs(light(colour(e)) - light(ground)) < 60).length,
  broken: broken.map(e => e.textContent), words: words.length, scripts: document.scripts.length, pictures: document.images.length,
  outside: performance.getEntriesByType("resource").length, h1: document.querySelector("h1").textContent });
</script>'
look() { # PAGE WIDTH OPTION…
  sed "s|</body>|$(tr '\n' ' ' <<<"$LOOK" | sed 's/[&|\\]/\\&/g')</body>|" "$PAGES/$1.html" >"$NODE/look.html"
  SEEN=$(browse --window-size="$2,1000" "${@:3}" --dump-dom "file://$NODE/look.html" |
    sed -n 's|.*<title>\(.*\)</title>.*|\1|p' | head -n 1 | sed 's/&amp;/\&/g; s/&lt;/</g; s/&gt;/>/g')
}
seen() { jq -r "$1" <<<"$SEEN"; }

for page in report explain diff; do
  look "$page" 1280
  check "$page: a browser shows it" test "$(seen .words)" -gt 10
  same "$page: no script of it ran, and nothing came from outside" "1 0 0" "$(seen '"\(.scripts) \(.pictures) \(.outside)"')"
  check "$page: it is light in the light" test "$(seen '.ground | floor')" -gt 200
  same "$page: and every text can be told from the ground" 0 "$(seen .faint)"
  same "$page: it is not wider than the screen" 0 "$(seen .wide)"
  same "$page: no word of ours is broken" "[]" "$(seen '.broken | tostring')"
  look "$page" 1280 --blink-settings=preferredColorScheme=0
  check "$page: it is dark in the dark" test "$(seen '.ground | floor')" -lt 60
  same "$page: and every text can be told from the ground there" 0 "$(seen .faint)"
  look "$page" 390
  same "$page: it is not wider than a telephone" 0 "$(seen .wide)"
  browse --window-size=1280,2400 --screenshot="$PAGES/$page.png" "file://$PAGES/$page.html"
  browse --window-size=1280,2400 --blink-settings=preferredColorScheme=0 --screenshot="$PAGES/$page-dark.png" \
    "file://$PAGES/$page.html"
  browse --no-pdf-header-footer --print-to-pdf="$PAGES/$page.pdf" "file://$PAGES/$page.html"
  check "$page: it can be printed" grep -qa '/Type /Page\b' "$PAGES/$page.pdf"
  check "$page: a picture is kept" test -s "$PAGES/$page.png"
done
contains "report: a hostile image's name is text" '&lt;img src=x' "$(cat "$PAGES/report.html")"
look report 1280
contains "report: the heading is the node's" "$(uname -n)" "$(seen .h1)"
finish
