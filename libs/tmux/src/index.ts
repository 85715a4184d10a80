export {
  Attr,
  COLOUR_256,
  COLOUR_BASIC,
  COLOUR_KIND_MASK,
  COLOUR_MASK,
  COLOUR_RGB,
  COLOUR_VALUE_MASK,
  DEFAULT_COLOUR,
  DEFAULT_STYLE,
} from './style.js';
export type { Colour, Style, StyledText } from './style.js';
