import { groupKey } from '../groups.js';

export default groupKey({ key: 'anyOf', means: 'one of these expectations holds', decides: 'pass' });
