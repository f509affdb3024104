/** The classes, in the order of the bundled model's outputs; each is the name of an icon in every family. */
export const classNames = [
  ...['cat', 'dog', 'elephant', 'tiger-face', 'horse', 'cow', 'pig', 'rabbit-face'],
  ...['bear', 'fish', 'octopus', 'honeybee', 'snail', 'turtle', 'frog', 'penguin'],
  ...['rooster', 'rose', 'sunflower', 'mushroom', 'banana', 'strawberry', 'pineapple', 'hamburger'],
  ...['automobile', 'bus', 'bicycle', 'airplane', 'sailboat', 'guitar', 'umbrella', 'camera'],
] as const

/** Icons that stand beside the classes and are none. */
export const distractorNames = [
  ...['key', 'hammer', 'violin', 'trumpet', 'telephone', 'alarm-clock', 'light-bulb', 'soccer-ball'],
  ...['basketball', 'crown', 'top-hat', 'glasses', 'hot-beverage', 'spiral-shell', 'whale', 'snake'],
  ...['spider', 'koala', 'panda', 'camel', 'goat', 'ram', 'crocodile', 'tulip'],
  ...['cactus', 'red-apple', 'grapes', 'watermelon', 'pizza', 'doughnut', 'birthday-cake', 'rocket'],
] as const

export type IconName = (typeof classNames)[number] | (typeof distractorNames)[number]

/** The icon families that the bundled model was trained on. */
export const trainedFamilies = ['noto', 'noto-v1', 'twemoji', 'fluent-emoji', 'fluent-emoji-flat', 'emojione'] as const

/** The icon families that the bundled model has never seen. */
export const unseenFamilies = ['openmoji', 'emojione-v1'] as const

/** An icon family, named as its package in the scope `@iconify-json`. */
export type IconFamily = (typeof trainedFamilies)[number] | (typeof unseenFamilies)[number]

/** Whether the family has drawn this icon: all did but for one. */
export const hasIcon = (family: IconFamily, name: IconName): boolean =>
  !(family === 'emojione-v1' && name === 'umbrella')
