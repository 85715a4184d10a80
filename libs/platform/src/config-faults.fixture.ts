import { isShipmateError } from '#kernel';
import { loadConfig } from '#platform';

/** What is wrong with a configuration, in the words for its owner. */
export function faults(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (isShipmateError(error, 'config')) return error.message;
    throw error;
  }
  return 'no fault';
}
