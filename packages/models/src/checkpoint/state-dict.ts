import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { bringIntoForm } from './canonical.ts'
import { type Checkpoint, type CheckpointArray, derived, firstFew } from './checkpoint.ts'
import { type Classifier, findClassifier, findDistilled, levels } from './classifier.ts'
import { type Choice, chooseCopy, findCopies, label, plainNames } from './copies.ts'
import { FOREIGN_PARTS, findSign, OTHER_NETS } from './diagnosis.ts'
import { DIALECTS, type Dialect, dialects, renamed } from './dialects.ts'
import type { Numbers } from './dtypes.ts'
import { shown } from './shown.ts'

/** The weights of one Vision Transformer under timm's names, and what of the file it does not need. */
export interface StateDict<B extends Bytes = Bytes> extends Checkpoint<B> {
  readonly dialect: Dialect
  /** Where in the file the model stands, and which other models are there. */
  readonly choice: Choice
  /** What was done to make the head one linear layer; empty if it is one. */
  readonly headNote: string
  /** The file's own names of arrays that are left out: mask tokens, projection heads, losses, metrics, optimizers, other copies. */
  readonly left: readonly string[]
}

/** What pretraining and training put beside a classifier, under timm's names. */
const NEEDLESS: readonly RegExp[] = [
  /(?:^|\.)relative_position_index$|(?:^|\.)rel_coords_log$|\.attn_mask$|\.relative_coords_table$|^rope\.(?!freqs$)|\.rope\.|^rope_embed\.|^local_cls_norm\.|^lm_head\./,
  /^mask_token$|^pooler\.|^head\.(?:mlp|last_layer)\.|^(?:dino|ibot)_head\./,
  /^(?:predictor|projector|projection_head|decoder\w*|contrastive_head)\b/,
  /^(?:criterion|loss|loss_fn|\w+_loss|loss_\w+)\b/,
  /^(?:train|val|valid|test)_\w+\b|^\w*(?:metrics?|accuracy|acc[15]?|auroc|f1|confusion_matrix)\b/,
  /^(?:n_averaged|num_updates|decay|epoch|step|global_step|queue|queue_ptr)$/,
  /^(?:optim|lr_sched|sched|scaler|amp|loops|callbacks|rng|args|hparams)\w*\b/,
]

type Arrays<B extends Bytes> = Map<string, CheckpointArray<B>>

/**
 * Finds the Vision Transformer among the arrays of a file, under whatever prefixes it stands, and gives its weights timm's names.
 *
 * @param asked the prefix of one of several models, without its last dot
 * @throws ModelError where there is none, or one that computes something else; it says what the file looks like
 */
export function stateDict<B extends Bytes>(file: Checkpoint<B>, asked?: string): StateDict<B> {
  const plain = plainNames(file)
  const all: Arrays<B> = new Map()
  for (const [name, original] of plain) {
    const array = file.arrays.get(original)
    if (array) all.set(name, array)
  }
  const choice = chooseCopy(file.name, findCopies(all.keys()), asked)
  if (!choice) throw otherNet(file, [...all.keys()])
  const { prefix, dialect } = choice.chosen
  const own = (name: string) =>
    name.startsWith(prefix) &&
    !choice.others.some(other => other.prefix.length > prefix.length && name.startsWith(other.prefix))
  const inside = new Map([...all].filter(([name]) => own(name)))
  const relative = [...inside.keys()].map(name => name.slice(prefix.length))
  const sign = findSign(FOREIGN_PARTS, relative)
  if (sign) throw new ModelError(`${file.name}: ${prefix}${shown(sign.name)}: ${sign.what}`)
  const theirs = choice.others.map(other => other.prefix)
  const reachable = new Map([...all].filter(([name]) => own(name) || !theirs.some(other => name.startsWith(other))))
  const head = findClassifier(reachable, prefix, file.name)
  const distilled = findDistilled(reachable, prefix, file.name)
  const arrays: Arrays<B> = new Map()
  const taken = new Set([head, distilled].flatMap(found => found?.names ?? []))
  for (const [theirs, canonical] of Object.entries(DIALECTS[dialect].beside ?? {})) {
    const found = levels(prefix).find(level => reachable.has(level + theirs))
    const array = found === undefined ? undefined : reachable.get(found + theirs)
    if (!array) continue
    taken.add(found + theirs)
    arrays.set(canonical, array)
  }
  const left: string[] = []
  for (const [name, array] of all) {
    if (taken.has(name)) continue
    const canonical = renamed(dialect, name.slice(prefix.length))
    if (!own(name) || NEEDLESS.some(pattern => pattern.test(canonical))) left.push(plain.get(name) ?? name)
    else if (arrays.has(canonical)) throw new ModelError(`${file.name}: ${shown(canonical)} is there twice`)
    else arrays.set(canonical, array)
  }
  // Behind a tower of timm's in open_clip stands no classifier.
  setHead(arrays, dialect === 'timm' && /(?:^|\.)visual\.trunk\.$/.test(prefix) ? 'projection' : 'head', head)
  setHead(arrays, 'head_dist', distilled)
  bringIntoForm(arrays)
  return { ...file, arrays, dialect, choice, headNote: head?.folded ?? '', left }
}

function setHead<B extends Bytes>(arrays: Arrays<B>, name: string, found: Classifier<B> | undefined): void {
  if (!found) return
  arrays.set(`${name}.weight`, found.weight)
  arrays.set(`${name}.bias`, found.bias)
}

function otherNet(file: Checkpoint, names: readonly string[]): ModelError {
  const sign = findSign(OTHER_NETS, names)
  const marks = dialects.map(id => `${DIALECTS[id].mark} (${DIALECTS[id].name})`)
  return new ModelError(
    sign
      ? `${file.name}: expected a Vision Transformer, got ${sign.what} (it has ${shown(sign.name)})`
      : `${file.name}: expected ${marks.join(' or ')}, under any prefix; got ${firstFew(names)}`,
  )
}

/** The other models of the file, for people. */
export const otherCopies = ({ choice }: StateDict): readonly string[] => choice.others.map(label)

/** A view of weights with one array replaced. */
export function replaced<B extends Bytes>(
  weights: StateDict<B>,
  name: string,
  shape: readonly number[],
  make: (own: Numbers) => Numbers,
): StateDict<B> {
  const own = weights.arrays.get(name)
  if (!own) return weights
  const made = derived([own], shape, ([x]) => make(x ?? new Float32Array()))
  return { ...weights, arrays: new Map(weights.arrays).set(name, made) }
}
