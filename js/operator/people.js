// Search of people by a name as it is typed.

/** @typedef {{ id: number, name: string, from: string, expected: boolean, key: string }} Person - `key`: see keyOf */

const MOST = 6; // people in the list
const LIGATURES = /** @type {Record<string, string>} */ ({ œ: "oe", æ: "ae" });

/**
 * Return the words of a text in lower case, without accents.
 *
 * @param {string} text
 */
const wordsOf = (text) =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[œæ]/g, (sign) => LIGATURES[sign])
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/**
 * Return the key of a name, the same for any case, accents and order of words, as the server makes it.
 *
 * @param {string} text
 */
export const keyOf = (text) => wordsOf(text).sort().join(" ");

/**
 * Find the people whose names have, for each word typed, another word that begins with it; people present come first.
 *
 * @param {Person[]} people
 * @param {string} text
 */
export function matching(people, text) {
  const wanted = wordsOf(text);
  if (!wanted.length) return [];
  const fitting = people.filter(({ key }) => {
    const left = key.split(" ");
    return wanted.every((word) => {
      const at = left.findIndex((own) => own.startsWith(word));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  });
  return fitting.sort((one, other) => Number(one.expected) - Number(other.expected)).slice(0, MOST);
}

/**
 * Return the chosen person; else the present people who have this very name; else the expected ones.
 *
 * @param {Person[]} people
 * @param {string} name
 * @param {string} id - of the person who was chosen in the list, if any
 */
export function meant(people, name, id) {
  const key = keyOf(name);
  const chosen = people.filter((person) => String(person.id) === id);
  const named = people.filter((person) => key && person.key === key);
  const here = named.filter(({ expected }) => !expected);
  return [chosen, here, named].find((some) => some.length) ?? [];
}
