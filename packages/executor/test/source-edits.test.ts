import { describe, expect, test } from 'vitest';
import { LineIndex } from '../src/analysis/line-index.ts';
import { SourceEdits } from '../src/analysis/source-edits.ts';

describe('SourceEdits', () => {
  test('without edits the text and its places stay', () => {
    const edits = new SourceEdits('abc');

    expect(edits.toString()).toBe('abc');
    expect([0, 1, 3].map((offset) => edits.sourceOffset(offset))).toEqual([0, 1, 3]);
  });

  test('every place of the edited text leads back', () => {
    const edits = new SourceEdits('let x = await y;');
    edits.insert(0, 'begin;');
    edits.replace(0, 3, 'const');
    edits.insert(14, 'guard(');
    edits.insert(15, ')');

    const text = edits.toString();
    expect(text).toBe('begin;const x = await guard(y);');
    expect(edits.sourceOffset(text.indexOf('begin'))).toBe(0);
    expect(edits.sourceOffset(text.indexOf('const'))).toBe(0);
    expect(edits.sourceOffset(text.indexOf('x'))).toBe(4);
    expect(edits.sourceOffset(text.indexOf('guard'))).toBe(14);
    expect(edits.sourceOffset(text.indexOf('y)'))).toBe(14);
    expect(edits.sourceOffset(text.indexOf(';', 10))).toBe(15);
    expect(edits.sourceOffset(text.length)).toBe(16);
  });

  test('insertions at one place keep the order of their making', () => {
    const edits = new SourceEdits('ab');
    edits.insert(1, '1');
    edits.insert(1, '2');
    edits.insert(0, '0');

    expect(edits.toString()).toBe('0a12b');
  });

  test('a removal moves what is behind it', () => {
    const edits = new SourceEdits('export const a = 1');
    edits.replace(0, 7, '');

    expect(edits.toString()).toBe('const a = 1');
    expect(edits.sourceOffset(0)).toBe(7);
    expect(edits.sourceOffset(6)).toBe(13);
  });

  test('a place beyond the end is the end', () => {
    expect(new SourceEdits('ab').sourceOffset(10)).toBe(2);
  });
});

describe('LineIndex', () => {
  test.each(['\n', '\r\n', '\r', '\u2028', '\u2029'])('lines that end with %j', (separator) => {
    const index = new LineIndex(`ab${separator}c`);

    expect(index.position(0)).toEqual({ line: 1, column: 1 });
    expect(index.position(2 + separator.length)).toEqual({ line: 2, column: 1 });
    expect(index.offset({ line: 2, column: 2 })).toBe(3 + separator.length);
  });

  test('every offset survives the way to its position and back', () => {
    const text = 'one\n\n  three\r\nfour😀\rfive\n';
    const index = new LineIndex(text);

    const offsets = Array.from({ length: text.length + 1 }, (_, offset) => offset);
    expect(offsets.map((offset) => index.offset(index.position(offset)))).toEqual(offsets);
  });

  test('places beyond the text are its end', () => {
    const index = new LineIndex('ab');

    expect(index.offset({ line: 9, column: 1 })).toBe(2);
    expect(index.offset({ line: 1, column: 99 })).toBe(2);
    expect(new LineIndex('').position(0)).toEqual({ line: 1, column: 1 });
  });
});
