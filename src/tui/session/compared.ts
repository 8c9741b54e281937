// Before anything was compared.
import type { Comparison } from '../session.js';

export const NOT_COMPARED: Comparison = { state: 'none', good: '', flows: [], alike: 0, error: '' };
