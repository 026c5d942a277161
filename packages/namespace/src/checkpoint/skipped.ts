import { matches, RegExp } from './intrinsics.ts';

/** Why a value cannot be kept, thrown while it is written and caught where its name is known. */
export class Refused extends Error {
  readonly what: string;

  constructor(what: string) {
    super(what);
    this.what = what;
  }
}

/** One step from a value to a part of it, as a person writes it. */
export type Step = string | number | { readonly part: 'key' | 'value' | 'item'; readonly index: number } | { readonly part: 'prototype' | 'symbol' };

const identifier = new RegExp('^[\\p{ID_Start}$_][\\p{ID_Continue}$]*$', 'u');
const shownSteps = 8;

/** The reason as a person reads it: what was met, and where in the value. */
export function reasonAt(what: string, steps: readonly Step[]): string {
  if (steps.length === 0 || what === 'too large') return what;
  const path = describePath(steps);
  return what === 'a getter' ? `a getter at ${path}` : `holds ${what} at ${path}`;
}

function describePath(steps: readonly Step[]): string {
  const hidden = steps.length > shownSteps * 2;
  let path = '';
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index];
    if (hidden && index === shownSteps) path += '…';
    if (step === undefined || (hidden && index >= shownSteps && index < steps.length - shownSteps)) continue;
    path += describeStep(step);
  }
  return path;
}

function describeStep(step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'string') return matches(identifier, step) ? `.${step}` : `["${step}"]`;
  if ('index' in step) return `.${step.part}(${step.index})`;
  return step.part === 'prototype' ? '.constructor' : '[symbol]';
}

/** "a Promise", "an Iterator". */
export function withArticle(noun: string): string {
  return `${matches(vowel, noun) ? 'an' : 'a'} ${noun}`;
}

const vowel = new RegExp('^(?:[aeio]|u(?!rl|int))', 'iu');
