#!/usr/bin/env python3
"""The page of `bulkhead explain --html` is whole, stands alone and can be read by everybody.

  review_page.py FILE
"""
import re
import sys
from html.parser import HTMLParser

from pages import report

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Notes elements that are not closed in order, and what the page is made of."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.seen, self.headings = [], [], {}, []

    def handle_starttag(self, tag, attributes):
        self.seen.setdefault(tag, []).append(dict(attributes))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at line {self.getpos()[0]} closes something else")


def readable(page, text):
    problems = []
    if page.seen["html"][0].get("lang") != "en":
        problems.append("the page does not say its language")
    if not any(m.get("name") == "viewport" for m in page.seen["meta"]):
        problems.append("no viewport: a telephone shows it tiny")
    if any(h.get("scope") != "col" for h in page.seen.get("th", [{}])):
        problems.append("a column's heading without scope")
    if any(b - a > 1 for a, b in zip(page.headings, page.headings[1:])) or page.headings[:1] != [1]:
        problems.append(f"levels of headings are left out: {page.headings}")
    for word in ("prefers-color-scheme:dark", "color-scheme:light dark", "max-width:44rem"):
        if word not in text:
            problems.append(f"its style lacks {word}")
    return problems


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    page = Page()
    page.feed(text)
    page.close()
    report("the review page: every element is closed", page.faults + [f"<{t}> is open" for t in page.open])
    outside = re.findall(r"https?:|@import|url\(|<script|<link|<img", text)
    report("the review page: nothing comes from outside", outside)
    report("the review page: it says what a reader's browser needs", readable(page, text))
    denied = re.findall(r'<code class="denied" title="[^"]+">', text)
    report("the review page: calls have their answers", [] if len(denied) > 50 else ["none"])


main()
