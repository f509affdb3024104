/**
 * The version of what a model is fed and of what its maps are held against: decoding and resizing of pictures, normalisation, truth of a
 * class, occluders and draws, and which explanations are asked for. It is part of every record's identity; `golden/` keeps it honest.
 */
export const version = 1
