import { isHoldfastError } from '@holdfast/protocol';

/** Runs what creates something; where that was created under the same key before, gives what is there. */
export async function firstOrSame<View>(exists: string, id: string | undefined, create: () => Promise<View>, find: (id: string) => View | Promise<View>): Promise<View> {
  try {
    return await create();
  } catch (error) {
    if (id === undefined || !isHoldfastError(error, exists)) throw error;
    return find(id);
  }
}
