// What admins of the server should look at, wherever in the app they are: told once in a visit, and asked for every hour.
import { api } from './api.js';
import { toast } from './layers.js';
import { go } from './router.js';
import { t } from './i18n.js';

const HOUR = 3_600_000;
let told = false;

/** Looks now and every hour. */
export async function watch() {
  const status = await api('GET', '/admin/status').catch(() => null);
  if (status?.backups.alarm && !told && !location.pathname.startsWith('/admin/backups')) {
    told = true;
    toast(t('backups.alarm'), { error: true, action: { label: t('backups.alarm.open'), run: () => go('/admin/backups') } });
  }
  setTimeout(watch, HOUR);
}
