// Bytes as text, for JSON and for localStorage.

const AT_ONCE = 8192; // bytes; some browsers do not accept more arguments

/** @param {string} text */
export const toBytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let signs = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    signs += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  }
  return btoa(signs);
}
