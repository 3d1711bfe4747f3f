// A page for a browser that needs nothing but itself: no script, no font, no picture from
// elsewhere; read in the light, in the dark, on a telephone and on paper.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::cli {

struct HtmlPage {
  std::string title;  // as text
  // What the page adds to the style of all, whose variables and classes it uses: good, note, bad,
  // and of cells `whole`, whose words are never broken: for words of ours, not for names of others.
  std::string_view style;
  std::string body;  // as HTML
};
[[nodiscard]] std::string html_page(const HtmlPage& page);

}  // namespace bulkhead::cli
