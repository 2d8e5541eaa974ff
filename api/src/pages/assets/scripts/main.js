// What every page does: times in the reader's zone, and numbers that stay fresh.
'use strict';

import { follow } from './live.js';
import { tellTimes, tellRelative } from './times.js';

/** How often words such as "3 days left" are looked at again. */
const RELATIVE_MS = 30_000;

document.documentElement.dataset.refreshed = '0';
tellTimes(document);
setInterval(() => tellRelative(document), RELATIVE_MS);
follow(document.body.dataset.events);
