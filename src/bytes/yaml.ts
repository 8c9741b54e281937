// What a bare word means to a reader of YAML. Names of nodes and interfaces are free: one may be called `yes` or `1:30`.

/** Words, numbers of all bases and of base 60, dates, and the merge key, of YAML 1.1 (yaml.org/type) and of the core schema of YAML 1.2. */
const OTHERS =
  /^(?:|~|null|true|false|[yn]|yes|no|on|off|<<|=|[-+]?(?:0[bo]?[0-7_]+|0x[\da-f_]+|\.inf|\d[\d_]*(?::[0-5]?\d)*(?:\.[\d_]*)?(?:e[-+]?\d+)?|\.[\d_]+(?:e[-+]?\d+)?)|\.nan|\d{4}-\d\d?-\d\d?(?:[t ].*)?)$/i;

/** Some reader of YAML takes this word for something else than text, unless it is in quotes. */
export const isMoreThanText = (word: string): boolean => OTHERS.test(word);
