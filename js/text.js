// Texts of the page, translated by the server, with values in the place of {names}.

/**
 * @param {string | undefined} text
 * @param {Record<string, unknown>} values
 */
export const fill = (text = "", values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/**
 * Write a number with two digits.
 *
 * @param {number} number
 */
export const twoDigits = (number) => String(number).padStart(2, "0");
