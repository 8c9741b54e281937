// The thread of filters, orders and searches.
import { parentWire } from './parent.js';
import { Query } from './query.js';

new Query(parentWire());
