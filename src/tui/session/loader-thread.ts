// The thread of the loader.
import { Loader } from './loader.js';
import { parentWire } from './parent.js';

new Loader(parentWire());
