/**
 * Models of the AI SDK as what writes code. Needs a provider package of your choice beside it.
 *
 * @module
 */
export { createModelCoder, type ModelCoderOptions, type ModelPrice } from './model/model-coder.ts';
export { type AiSdkLanguageModel } from '@holdfast/context-cache/ai-sdk';
