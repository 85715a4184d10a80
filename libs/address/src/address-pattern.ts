import { plainAddress } from './address.js';
import { inCidrs, isCidr } from './address-ranges.js';

/** Longest pattern list that is used, in characters; a longer one matches nobody. */
const MAX_LENGTH = 4_096;

/**
 * Whether an address is in a `from=` list of an authorized key: patterns with `*` and `?`, CIDRs, each of which may be
 * negated by `!`; a negated match refuses whatever else matches (sshd(8), ssh_config(5) PATTERNS). Host names are not looked
 * up: a name matches nobody, so no name server can let anybody in.
 */
export function matchesFrom(list: string, address: string): boolean {
  if (list.length > MAX_LENGTH) return false;
  const plain = plainAddress(address).toLowerCase();
  let matched = false;
  for (const entry of list.toLowerCase().split(',')) {
    const negated = entry.startsWith('!');
    const pattern = (negated ? entry.slice(1) : entry).trim();
    const hit = isCidr(pattern) ? inCidrs(plain, [pattern]) : wildcardMatch(pattern, plain);
    if (hit && negated) return false;
    matched ||= hit;
  }
  return matched;
}

/** Whether a list has patterns that look like host names: they can never match an address. */
export function hostNamesIn(list: string): boolean {
  return list.split(',').some((entry) => /[g-z]/i.test(entry) && !isCidr(entry.replace(/^!/, '')));
}

/** `*` matches any text, `?` any one character. Takes linear time: it goes back to the last star only. */
export function wildcardMatch(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && pattern[p] !== '*' && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
