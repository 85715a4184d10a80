import type { EdgeId } from '#kernel';
import type { People, Person } from '../ports.js';

/** How many people are listed one by one; those who came later are only counted. */
export const MAX_LISTED_PEOPLE = 64;
/** More edges than that have no joiners of one session: what a faulty home makes up is refused. */
export const MAX_PEOPLE_EDGES = 1024;

/** A joiner as the home knows of them; `edge` is undefined at the home's own. */
export interface KnownPerson extends Person {
  readonly edge: EdgeId | undefined;
  /** Grows with each who comes. */
  readonly clientId: number;
}

/** The home's word on who is in the session, as replicas get it. */
export interface SharedPeople {
  /** How many are at each edge; `edge` is undefined for the home's own. */
  readonly edges: readonly { readonly edge: EdgeId | undefined; readonly count: number }[];
  /** In the order they came, at most `MAX_LISTED_PEOPLE`. */
  readonly listed: readonly Omit<KnownPerson, 'id' | 'clientId'>[];
}

/** What a home that knows of these says of them. */
export function sharePeople(known: readonly KnownPerson[]): SharedPeople {
  const counts = new Map<EdgeId | undefined, number>();
  for (const { edge } of known) counts.set(edge, (counts.get(edge) ?? 0) + 1);
  return {
    edges: [...counts].slice(0, MAX_PEOPLE_EDGES).map(([edge, count]) => ({ edge, count })),
    listed: known
      .toSorted((one, other) => one.clientId - other.clientId)
      .slice(0, MAX_LISTED_PEOPLE)
      .map(({ edge, role, transport, name, locked }) => ({ edge, role, transport, name, locked })),
  };
}

/**
 * Who is in the session, as edge `own` sees it (undefined: the home). It knows the others from `shared`, and its own joiners
 * directly: they come and go before the home knows.
 */
export function peopleAt(own: EdgeId | undefined, here: readonly Person[], shared: SharedPeople | undefined): People {
  const waiting = here.values();
  const listed: Person[] = [];
  for (const { edge, role, transport, name, locked } of shared?.listed ?? []) {
    const person = edge === own ? waiting.next().value : { role, transport, name, locked };
    if (person !== undefined) listed.push(person);
  }
  listed.push(...waiting);
  const elsewhere = (shared?.edges ?? []).reduce((sum, { edge, count }) => (edge === own ? sum : sum + count), 0);
  return { count: here.length + elsewhere, listed: listed.slice(0, MAX_LISTED_PEOPLE) };
}

/** The names of those who are listed, in their order; empty for whoever has none. Undefined: nobody has one. */
export function namesOf({ listed }: Pick<SharedPeople, 'listed'>): readonly string[] | undefined {
  const names = listed.map(({ name = '' }) => name);
  return names.some((name) => name !== '') ? names : undefined;
}

/** The same people with these names. */
export const withNames = (people: SharedPeople, names: readonly string[]): SharedPeople => ({
  ...people,
  listed: people.listed.map((person, at) => ({ ...person, name: names[at] === '' ? undefined : names[at] })),
});

/** The places, among those who are listed, of people whose terminals are locked; undefined: nobody's is. */
export function lockedIn({ listed }: Pick<SharedPeople, 'listed'>): readonly number[] | undefined {
  const places = listed.flatMap(({ locked }, place) => (locked === true ? [place] : []));
  return places.length === 0 ? undefined : places;
}

/** The same people, those at these places with locked terminals. */
export const withLocked = (people: SharedPeople, places: readonly number[]): SharedPeople => ({
  ...people,
  listed: people.listed.map((person, place) => (places.includes(place) ? { ...person, locked: true } : person)),
});
