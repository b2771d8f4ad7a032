// This browser's localStorage. Where it is refused (private mode, no room), nothing fails and nothing is stored.

/**
 * Return the value stored under a key; null when there is none, or when it cannot be read.
 *
 * @param {string} key
 * @returns {any}
 */
export function load(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Store a value that JSON can hold. Returns whether it is stored.
 *
 * @param {string} key
 * @param {unknown} value
 */
export function save(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/**
 * Remove the value stored under a key. Returns false where storage is refused.
 *
 * @param {string} key
 */
export function remove(key) {
  try {
    localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}

/**
 * Return all keys that begin with a prefix.
 *
 * @param {string} prefix
 */
export function keysOf(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}
