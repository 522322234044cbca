// Newlines. One ends a statement or declaration where the grammar lets one end; everywhere else it is a blank.
//
// A task's header may end with its line (`extern task f()`), or go on below with a clause or its body, and an `answer` of a
// test may have a `then` below it. There the grammar allows `_continue` too, and what begins the next line that says
// anything decides.

#include "tree_sitter/parser.h"

#include <string.h>

enum Token { NEWLINE, CONTINUE, ERROR_SENTINEL };

void *tree_sitter_flow_external_scanner_create(void) { return NULL; }
void tree_sitter_flow_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_flow_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_flow_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool is_word(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static void skip_blank_lines_and_comments(TSLexer *lexer) {
  for (;;) {
    while (is_blank(lexer->lookahead) || lexer->lookahead == '\n') lexer->advance(lexer, true);
    if (lexer->lookahead != '#') return;
    while (lexer->lookahead != '\n' && !lexer->eof(lexer)) lexer->advance(lexer, true);
  }
}

static bool continues_header(TSLexer *lexer) {
  static const char *const words[] = {"on", "needs", "does", "because", "then"};
  if (lexer->lookahead == '{') return true;
  if (lexer->lookahead == '-') {
    lexer->advance(lexer, true);
    return lexer->lookahead == '>';
  }
  char word[16] = "";
  for (size_t length = 0; is_word(lexer->lookahead) && length < sizeof word - 1; length++) {
    word[length] = (char)lexer->lookahead;
    lexer->advance(lexer, true);
  }
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp(word, words[i]) == 0) return true;
  }
  return false;
}

bool tree_sitter_flow_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  // Every symbol is valid while the parser mends an error: then a newline is the best place to go on.
  bool mending = valid[ERROR_SENTINEL];
  if (!valid[NEWLINE]) return false;
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
  if (lexer->eof(lexer)) {
    lexer->mark_end(lexer);
    lexer->result_symbol = NEWLINE;
    return !mending;
  }
  if (lexer->lookahead != '\n') return false;
  if (valid[CONTINUE] && !mending) {
    // Neither token takes anything yet: comments that lie between are nodes.
    lexer->mark_end(lexer);
    skip_blank_lines_and_comments(lexer);
    lexer->result_symbol = continues_header(lexer) ? CONTINUE : NEWLINE;
    return true;
  }
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  lexer->result_symbol = NEWLINE;
  return true;
}
