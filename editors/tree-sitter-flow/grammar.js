/**
 * The flow language for editors. grammar/flow.pest at the root of the repository is what flowrun reads; this follows it, and
 * tests/editors.rs holds the two together: their words, their declarations, and every file that flowrun reads.
 *
 * A newline ends a statement only where one can end. Where it cannot (within brackets, after an operator, before a header's
 * next clause), `_newline` is not among the symbols that may come, and the newline is skipped like a blank.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const PRECEDENCE = { statement: 1, or: 1, and: 2, not: 3, compare: 4, add: 5, multiply: 6, cast: 7, prefix: 8, postfix: 9 };

const commaSeparated = (rule) => seq(rule, repeat(seq(',', rule)));
const commaList = (rule) => optional(seq(commaSeparated(rule), optional(',')));
const digits = /[0-9][0-9_]*/;

module.exports = grammar({
  name: 'flow',

  // `_continue` is what stands before a clause on a line of its own, where the header could have ended too.
  externals: ($) => [$._newline, $._continue, $._error_sentinel],
  extras: ($) => [/\s/, $.comment, $.doc_comment],
  word: ($) => $.identifier,
  supertypes: ($) => [$.declaration, $.statement, $.expression, $.selector],
  inline: ($) => [$._clause_of_task, $._clause_of_stage],

  rules: {
    source_file: ($) => repeat(seq($.declaration, $._newline)),

    comment: () => token(prec(0, /#[^\n]*/)),
    doc_comment: () => token(prec(1, /##[^\n]*/)),

    identifier: () => /[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9][A-Za-z0-9_]*)*/,
    path: ($) => prec.right(seq($.identifier, repeat(seq('.', $.identifier)))),

    // ---------------------------------------------------------------- declarations
    declaration: ($) =>
      choice(
        $.use_declaration,
        $.input_declaration,
        $.type_declaration,
        $.class_declaration,
        $.effect_declaration,
        $.forbid_declaration,
        $.program_declaration,
        $.hosts_declaration,
        $.host_declaration,
        $.condition_declaration,
        $.task_declaration,
        $.stage_declaration,
        $.test_declaration,
      ),

    use_declaration: ($) => seq('use', field('module', $.module), optional(seq('as', field('alias', $.identifier)))),
    module: () => token(/(\.\.?\/)*[A-Za-z_][A-Za-z0-9_-]*(\/[A-Za-z_][A-Za-z0-9_-]*)*/),

    input_declaration: ($) =>
      seq('input', field('name', $.identifier), ':', field('type', $.type), optional(seq('=', field('default', $.expression)))),

    type_declaration: ($) => seq('type', field('name', $.identifier), '=', '{', commaList($.field_declaration), '}'),
    field_declaration: ($) =>
      seq(field('name', $.identifier), ':', field('type', $.type), optional(seq('=', field('default', $.expression)))),

    class_declaration: ($) =>
      seq(
        'class',
        field('name', $.identifier),
        field('title', optional($.string)),
        optional(seq('=', field('facts', $.selector))),
      ),
    effect_declaration: ($) => seq('effect', field('name', $.identifier), field('title', optional($.string))),
    forbid_declaration: ($) =>
      seq(
        'forbid',
        field('effect', $.identifier),
        'on',
        field('on', $.selector),
        optional(seq(optional($._continue), 'because', field('reason', $.string))),
      ),
    program_declaration: ($) => seq('program', commaSeparated($.string), 'does', $._effects),
    host_declaration: ($) => seq('host', field('name', $.identifier), '=', field('selector', $.selector)),
    hosts_declaration: ($) => seq('hosts', field('name', $.identifier), '=', field('selector', $.selector)),
    condition_declaration: ($) =>
      seq('condition', field('name', $.identifier), 'on', field('on', $.selector), field('probe', $.block)),
    test_declaration: ($) => seq('test', field('title', $.string), field('body', $.test_block)),

    task_declaration: ($) =>
      seq(
        optional('extern'),
        'task',
        field('name', $.identifier),
        field('parameters', $.parameters),
        repeat(seq(optional($._continue), $._clause_of_task)),
        optional(seq(optional($._continue), field('body', $.block))),
      ),
    parameters: ($) => seq('(', commaList($.parameter), ')'),
    parameter: ($) =>
      seq(field('name', $.identifier), ':', field('type', $.type), optional(seq('=', field('default', $.expression)))),
    _clause_of_task: ($) => choice($.result, $.guard_clause, $.needs_clause, $.does_clause),
    result: ($) => seq('->', $.type),
    guard_clause: ($) => seq('on', $.selector, 'only'),
    needs_clause: ($) => seq('needs', $.selector),
    does_clause: ($) => seq('does', $._effects),
    _effects: ($) => commaSeparated(field('effect', $.identifier)),

    stage_declaration: ($) =>
      seq(
        'stage',
        field('name', $.identifier),
        'on',
        field('on', $.selector),
        optional(seq(',', field('guard', $.selector))),
        optional('only'),
        repeat($._clause_of_stage),
        field('body', $.block),
        optional($.finally),
      ),
    _clause_of_stage: ($) =>
      choice(
        $.result,
        $.after_clause,
        $.forbids_clause,
        $.expects_clause,
        $.leaves_clause,
        $.timeout_clause,
        $.at_once_clause,
        $.tolerate_clause,
      ),
    after_clause: ($) => seq('after', commaSeparated(field('stage', $.identifier))),
    forbids_clause: ($) => seq('forbids', $._effects),
    expects_clause: ($) => seq('expects', optional('not'), field('condition', $.path)),
    leaves_clause: ($) => seq('leaves', optional('not'), field('condition', $.path)),
    timeout_clause: ($) => seq('timeout', $.duration),
    at_once_clause: ($) => seq('at-once', $.integer),
    tolerate_clause: ($) => seq('tolerate', $.integer),
    finally: ($) => seq('finally', $.block),

    type: ($) => prec.right(seq(field('name', $.path), optional(seq('[', field('argument', $.type), ']')), optional('?'))),

    // ---------------------------------------------------------------- selectors
    selector: ($) =>
      choice($.or_selector, $.and_selector, $.not_selector, $.parenthesized_selector, $.group_selector, $.host_test),
    or_selector: ($) => prec.left(PRECEDENCE.or, seq($.selector, 'or', $.selector)),
    and_selector: ($) => prec.left(PRECEDENCE.and, seq($.selector, 'and', $.selector)),
    not_selector: ($) => prec(PRECEDENCE.not, seq('not', $.selector)),
    parenthesized_selector: ($) => seq('(', $.selector, ')'),
    group_selector: ($) => seq('group', '(', choice($.identifier, $.string), ')'),
    host_test: ($) =>
      seq(field('name', $.path), optional(seq(field('operator', $.comparison), field('value', $._selector_value)))),
    comparison: () => choice('==', '!=', '<=', '>=', '<', '>'),
    _selector_value: ($) => choice($.size, $.integer, $.string, $.path),

    // ---------------------------------------------------------------- statements
    block: ($) =>
      prec(1, seq('{', optional(seq($.statement, repeat(seq($._newline, $.statement)), optional($._newline))), '}')),

    statement: ($) =>
      choice(
        $.let_statement,
        $.return_statement,
        $.print_statement,
        $.assert_statement,
        $.fail_statement,
        $.if_statement,
        $.for_statement,
        $.on_statement,
        $.at_statement,
        $.ensure_statement,
        $.retry_statement,
        $.timeout_statement,
        $.try_statement,
        $.expression_statement,
      ),
    let_statement: ($) =>
      seq('let', field('name', $.identifier), optional(seq(':', field('type', $.type))), '=', field('value', $.expression)),
    return_statement: ($) => seq('return', optional($.expression)),
    print_statement: ($) => seq('print', $.expression),
    assert_statement: ($) => seq('assert', field('condition', $.expression), optional(seq(',', field('message', $.expression)))),
    fail_statement: ($) => seq('fail', $.expression),
    if_statement: ($) =>
      seq('if', field('condition', $.expression), field('then', $.block), optional(seq('else', field('else', choice($.if_statement, $.block))))),
    for_statement: ($) => seq('for', field('name', $.identifier), 'in', field('list', $.expression), field('body', $.block)),
    on_statement: ($) => seq('on', field('on', $.selector), field('body', $.block)),
    at_statement: ($) => seq('at', field('host', $.expression), field('body', $.block)),
    ensure_statement: ($) =>
      seq('ensure', field('goal', $.string), field('check', $.block), optional(seq('else', field('fix', $.block)))),
    retry_statement: ($) =>
      seq('retry', field('times', $.integer), optional(seq('every', field('pause', $.duration))), field('body', $.block)),
    timeout_statement: ($) => seq('timeout', field('limit', choice($.duration, $.path)), field('body', $.block)),
    try_statement: ($) =>
      seq('try', field('body', $.block), 'rescue', field('name', optional($.identifier)), field('rescue', $.block)),
    // Before an `if` expression: a statement that begins with `if` is one of its own.
    expression_statement: ($) => prec(PRECEDENCE.statement, $.expression),

    // ---------------------------------------------------------------- tests
    // Their words mean something here and nowhere else.
    test_block: ($) =>
      seq('{', optional(seq($._test_statement, repeat(seq($._newline, $._test_statement)), optional($._newline))), '}'),
    _test_statement: ($) => choice($.test_host, $.test_input, $.test_file, $.test_answer, $.test_run, $.test_expectation),
    test_host: ($) => seq('host', field('name', $.identifier), field('facts', $.record)),
    test_input: ($) => seq('input', field('name', $.identifier), '=', field('value', $.expression)),
    test_file: ($) => seq('file', field('path', $.string), optional($.test_place), '=', field('text', $.expression)),
    test_answer: ($) =>
      seq('answer', field('command', $.string), optional($.test_place), 'with', $.expression, repeat($._then_expression)),
    _then_expression: ($) => seq(optional($._continue), 'then', $.expression),
    test_run: ($) =>
      seq('run', optional(choice(seq('on', $.selector, $.block), seq('stage', commaSeparated(field('stage', $.identifier)))))),
    test_expectation: ($) =>
      seq(
        'expect',
        choice(
          seq(optional('no'), choice($._expected_command, $._expected_output, $._expected_file)),
          seq('ok', optional(choice($.string, $._of_stage)), optional($.test_place)),
          seq('changed', $.string, optional($.test_place)),
          seq('failed', optional($.code), optional($._of_stage), optional($.test_place), optional($._because)),
          seq('refusal', $.code, optional($._because), optional($.declared)),
        ),
      ),
    _expected_command: ($) =>
      seq(
        'command',
        $.string,
        repeat(seq(optional($._continue), 'then', $.string)),
        optional(seq('with', $.record)),
        optional($.test_place),
      ),
    _expected_output: ($) => seq('output', $.string, optional($.test_place)),
    _expected_file: ($) => seq('file', $.string, optional($.test_place), optional(seq('=', $.expression))),
    test_place: ($) => seq('on', $.selector),
    _of_stage: ($) => seq('stage', field('stage', $.identifier)),
    _because: ($) => seq(optional($._continue), 'because', field('reason', $.string)),
    declared: ($) => seq('{', repeat(seq($.declaration, optional($._newline))), '}'),
    code: () => token(prec(1, /[A-Z][0-9]+/)),

    // ---------------------------------------------------------------- expressions
    expression: ($) =>
      choice(
        $.binary_expression,
        $.not_expression,
        $.negation,
        $.try_expression,
        $.cast,
        $.call,
        $.field_access,
        $.index,
        $.sh_command,
        $.name,
        $.string,
        $.list,
        $.comprehension,
        $.record,
        $.parenthesized,
        $.if_expression,
        $.duration,
        $.size,
        $.integer,
        $.boolean,
      ),

    binary_expression: ($) => {
      const table = [
        [PRECEDENCE.or, 'or'],
        [PRECEDENCE.and, 'and'],
        [PRECEDENCE.compare, choice('==', '!=', '<=', '>=', '<', '>', 'in')],
        [PRECEDENCE.add, choice('+', '-')],
        [PRECEDENCE.multiply, choice('*', '/', '%')],
      ];
      const one = ([precedence, operator]) =>
        prec.left(
          precedence,
          seq(field('left', $.expression), field('operator', operator), field('right', $.expression)),
        );
      return choice(...table.map(one));
    },
    not_expression: ($) => prec(PRECEDENCE.not, seq('not', $.expression)),
    negation: ($) => prec(PRECEDENCE.prefix, seq('-', $.expression)),
    try_expression: ($) => prec(PRECEDENCE.prefix, seq('try', $.expression)),
    cast: ($) => prec(PRECEDENCE.cast, seq(field('value', $.expression), 'as', field('type', $.type))),

    call: ($) => prec(PRECEDENCE.postfix, seq(field('function', $.expression), field('arguments', $.arguments))),
    arguments: ($) => seq('(', commaList($.argument), ')'),
    argument: ($) => seq(optional(seq(field('name', $.identifier), ':')), field('value', $.expression)),
    field_access: ($) => prec(PRECEDENCE.postfix, seq(field('value', $.expression), '.', field('field', $.identifier))),
    index: ($) => prec(PRECEDENCE.postfix, seq(field('value', $.expression), '[', field('index', $.expression), ']')),

    // The command may be called like any other task, `sh("…", user: "root")`: then `sh` is its name.
    sh_command: ($) => seq('sh', field('command', $.string)),
    name: ($) => choice($.identifier, alias('sh', $.identifier)),

    list: ($) => seq('[', commaList($.expression), ']'),
    comprehension: ($) =>
      seq(
        '[',
        field('value', $.expression),
        'for',
        field('name', $.identifier),
        'in',
        field('list', $.expression),
        optional(seq('if', field('condition', $.expression))),
        ']',
      ),
    record: ($) => seq('{', commaList($.entry), '}'),
    entry: ($) => seq(field('key', choice($.identifier, $.string)), ':', field('value', $.expression)),
    parenthesized: ($) => seq('(', $.expression, ')'),
    if_expression: ($) =>
      seq('if', field('condition', $.expression), '{', field('then', $.expression), '}', 'else', '{', field('else', $.expression), '}'),

    boolean: () => choice('true', 'false'),
    integer: () => digits,
    duration: () => token(seq(digits, choice('ms', 's', 'm', 'h', 'd'))),
    size: () => token(seq(digits, choice('KiB', 'MiB', 'GiB', 'TiB', 'B'))),

    // ---------------------------------------------------------------- strings
    // The text between the quotes is a node of its own, so that a shell's grammar can be put into it; what it is made of is
    // hidden, except for splices and escapes, which are no shell.
    string: ($) =>
      choice(
        seq('"', optional(alias($._line_content, $.string_content)), token.immediate('"')),
        seq('"""', optional(alias($._block_content, $.string_content)), token.immediate(prec(3, '"""'))),
      ),
    _line_content: ($) => repeat1(choice($._line_text, $.escape, $.splice)),
    _line_text: () => choice(token.immediate(prec(2, /[^"\\{\n]+/)), token.immediate(prec(2, '{'))),
    _block_content: ($) => repeat1(choice($._block_text, $.escape, $.splice)),
    _block_text: () =>
      choice(token.immediate(prec(2, /[^"\\{]+/)), token.immediate(prec(2, '{')), token.immediate(prec(2, /""?/))),
    escape: () => token.immediate(prec(2, /\\[\s\S]/)),
    splice: ($) => seq(token.immediate(prec(3, '{{')), $.expression, '}}'),
  },
});
