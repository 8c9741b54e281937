import { comparisonKey } from '../comparison.js';

export default comparisonKey('different', 'as `same`: no value is the same on both sides');
