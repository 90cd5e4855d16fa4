// What sending files is made of, fetched when there is nothing else to do: who loses the network can still attach.
import { loadSheet } from '../view.js';
import './menu.js';
import './drop.js';
import '../ui/attachments.js';
import '../ui/sending.js';
import '../ui/files/file.js';

loadSheet('attachments');
loadSheet('files');
