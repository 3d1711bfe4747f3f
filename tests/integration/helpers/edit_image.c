// Edits an image of CRIU by hand, as somebody would who wants a restored container to hold less:
// two magic numbers, then one protobuf message behind its length.
//
//   edit_image FILE drop PATH          removes every field of that path
//   edit_image FILE number PATH N      gives every field of that path, a varint, this value
//   edit_image FILE bytes PATH HEX     the same for bytes
//
// PATH is field numbers with dots: 5.11 is field 11 of the messages in field 5.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5, kHeader = 8, kMaxBytes = 1 << 20 };

struct Text {
  uint8_t bytes[kMaxBytes];
  size_t size;
};
struct Edit {
  const char* what;
  uint64_t number;
  uint8_t bytes[256];
  size_t size;
};

static void die(const char* why) {
  fprintf(stderr, "edit_image: %s\n", why);
  exit(2);
}

static uint64_t take_varint(const uint8_t** at, const uint8_t* end) {
  uint64_t value = 0;
  for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
    const uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  die("a number is cut off");
  return 0;
}

static void put(struct Text* text, const void* bytes, size_t size) {
  if (text->size + size > kMaxBytes) die("too large");
  memcpy(text->bytes + text->size, bytes, size);
  text->size += size;
}
static void put_varint(struct Text* text, uint64_t value) {
  for (;; value >>= 7) {
    const uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    put(text, &byte, 1);
    if (byte < 0x80) return;
  }
}

static size_t fixed_size(unsigned type) {
  if (type != kFixed64 && type != kFixed32) die("an unknown type of field");
  return type == kFixed64 ? 8 : 4;
}

static void edited(const uint8_t* at, const uint8_t* end, const char* path, const struct Edit* edit,
                   struct Text* into);

// The field whose key was read: `wanted` says that the path leads to it or through it.
static void field(uint64_t key, const uint8_t* value, size_t size, const char* rest, int wanted,
                  const struct Edit* edit, struct Text* into) {
  const unsigned type = key & 7;
  if (wanted && *rest == '\0' && strcmp(edit->what, "drop") == 0) return;
  put_varint(into, key);
  if (wanted && *rest == '\0' && type == kVarint) return put_varint(into, edit->number);
  if (type != kBytes) return put(into, value, size);
  struct Text* inner = calloc(1, sizeof *inner);
  if (wanted && *rest == '\0') {
    put(inner, edit->bytes, edit->size);
  } else if (wanted) {
    edited(value, value + size, rest + 1, edit, inner);
  } else {
    put(inner, value, size);
  }
  put_varint(into, inner->size);
  put(into, inner->bytes, inner->size);
  free(inner);
}

static void edited(const uint8_t* at, const uint8_t* end, const char* path, const struct Edit* edit,
                   struct Text* into) {
  char* rest = NULL;
  const uint64_t wanted = strtoul(path, &rest, 10);
  while (at < end) {
    const uint64_t key = take_varint(&at, end);
    const uint8_t* value = at;
    size_t size = 0;
    if ((key & 7) == kVarint) {
      (void)take_varint(&at, end);
      size = (size_t)(at - value);
    } else {
      size = (key & 7) == kBytes ? take_varint(&at, end) : fixed_size(key & 7);
      value = at;
      at += size;
    }
    if (at > end) die("a field is cut off");
    field(key, value, size, rest, key >> 3 == wanted, edit, into);
  }
}

static void read_file(const char* path, struct Text* text) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) die("cannot read the image");
  text->size = fread(text->bytes, 1, sizeof text->bytes, file);
  fclose(file);
  if (text->size < kHeader + 4) die("no image");
}
static void write_file(const char* path, const struct Text* text) {
  FILE* file = fopen(path, "wb");
  if (file == NULL || fwrite(text->bytes, 1, text->size, file) != text->size || fclose(file) != 0) {
    die("cannot write the image");
  }
}

static struct Edit parse_edit(char** words) {
  struct Edit edit = {.what = words[0]};
  if (strcmp(edit.what, "number") == 0) edit.number = strtoull(words[2], NULL, 0);
  if (strcmp(edit.what, "bytes") != 0) return edit;
  for (const char* hex = words[2]; *hex != '\0' && edit.size < sizeof edit.bytes; hex += 2) {
    const char digits[3] = {hex[0], hex[1], '\0'};
    edit.bytes[edit.size++] = (uint8_t)strtoul(digits, NULL, 16);
  }
  return edit;
}

int main(int argc, char** argv) {
  static struct Text before, after;
  if (argc < 4 || (argc < 5 && strcmp(argv[2], "drop") != 0)) die("see the top of edit_image.c");
  const struct Edit edit = parse_edit(argv + 2);
  read_file(argv[1], &before);
  uint32_t size = 0;
  memcpy(&size, before.bytes + kHeader, sizeof size);
  if (before.size != kHeader + sizeof size + size) die("not one message");
  after.size = kHeader + sizeof size;
  memcpy(after.bytes, before.bytes, kHeader);
  edited(before.bytes + kHeader + sizeof size, before.bytes + before.size, argv[3], &edit, &after);
  size = (uint32_t)(after.size - kHeader - sizeof size);
  memcpy(after.bytes + kHeader, &size, sizeof size);
  write_file(argv[1], &after);
  return 0;
}
