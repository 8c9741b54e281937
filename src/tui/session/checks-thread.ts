// The thread in which expectations are checked.
import { ChecksPart } from './checks-part.js';
import { parentWire } from './parent.js';

new ChecksPart(parentWire());
