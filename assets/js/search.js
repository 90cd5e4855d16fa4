// Opening the search, from wherever it is asked for.
import { go, route } from './router.js';

/**
 * Each search has its place among the pages gone through, and so what it began with comes back with it.
 * @param {{query?: string, room?: {id: number}}} [how] the words to begin with, and the room to look into
 */
export function openSearch({ query = '', room } = {}) {
  go('/search', { state: { query, room: room?.id ?? 0 }, replace: route.value.name === 'search' });
}
