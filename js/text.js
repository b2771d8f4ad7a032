// Texts of the page, which the server translated, with values in the place of their {names}.

/**
 * @param {string | undefined} text
 * @param {Record<string, unknown>} values
 */
export const fill = (text = "", values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/**
 * A number of two digits.
 *
 * @param {number} number
 */
export const twoDigits = (number) => String(number).padStart(2, "0");
