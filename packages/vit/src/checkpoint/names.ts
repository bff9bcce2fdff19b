/**
 * Translates the names of tensors. Checkpoints of one architecture have timm's names, Hugging Face's, or those of Meta's repositories,
 * and often prefixes of modules that the model was part of when it was saved. This file turns each key into timm's name, which the rest
 * of the library uses, or finds that it has none.
 */

/**
 * Which library's names a checkpoint has: this decides how position embeddings are resized. `hub` stands for Meta's DINO and DINOv2
 * repositories.
 */
export type KeyStyle = 'timm' | 'huggingface' | 'hub';

/** What a key of the file stands for. */
export type KeyMeaning =
  /** A weight, by timm's name; where q, k and v are apart, by the names blocks.i.attn.q and so on. */
  | { readonly kind: 'weight'; readonly name: string; readonly style: KeyStyle | undefined }
  /** A tensor that is not needed to explain a picture. */
  | { readonly kind: 'ignored'; readonly style: KeyStyle | undefined }
  /** Part of a Vision Transformer that is not supported here. */
  | { readonly kind: 'unsupported'; readonly part: string }
  /** The extra layer before the head of old ImageNet-21k checkpoints. */
  | { readonly kind: 'pre-logits' }
  | { readonly kind: 'unknown' };

const WRAPPERS =
  /^(module|(base_)?model|state_dict|teacher|student|backbone|visual\.trunk|vision_encoder|vit|vit_msn|deit|dinov2(_with_registers)?)\./;
/**
 * `encoder.` is a wrapper too, unless it belongs to a name of Hugging Face (`encoder.layer.`) or torchvision (`encoder.layers.`,
 * `encoder.ln.`).
 */
const ENCODER_WRAPPER = /^encoder\.(?!layers?\.|ln\.|pos_embedding)/;

const HUGGING_FACE: readonly (readonly [RegExp, string])[] = [
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.distillation_token$/, 'dist_token'],
  [/^embeddings\.register_tokens$/, 'reg_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.patch_embeddings\.projection\.(\w+)$/, 'patch_embed.proj.$1'],
  [/^encoder\.layer\.(\d+)\.(?:layernorm_before|norm1)\.(\w+)$/, 'blocks.$1.norm1.$2'],
  [/^encoder\.layer\.(\d+)\.(?:layernorm_after|norm2)\.(\w+)$/, 'blocks.$1.norm2.$2'],
  [/^encoder\.layer\.(\d+)\.attention\.attention\.([qkv])(?:uery|ey|alue)\.(\w+)$/, 'blocks.$1.attn.$2.$3'],
  [/^encoder\.layer\.(\d+)\.attention\.output\.dense\.(\w+)$/, 'blocks.$1.attn.proj.$2'],
  [/^encoder\.layer\.(\d+)\.layer_scale([12])\.lambda1$/, 'blocks.$1.ls$2.gamma'],
  [/^encoder\.layer\.(\d+)\.intermediate\.dense\.(\w+)$/, 'blocks.$1.mlp.fc1.$2'],
  [/^encoder\.layer\.(\d+)\.output\.dense\.(\w+)$/, 'blocks.$1.mlp.fc2.$2'],
  [/^encoder\.layer\.(\d+)\.mlp\.(fc[12])\.(\w+)$/, 'blocks.$1.mlp.$2.$3'],
  [/^layernorm\.(\w+)$/, 'norm.$1'],
  [/^(?:cls_)?classifier\.(\w+)$/, 'head.$1'],
  [/^distillation_classifier\.(\w+)$/, 'head_dist.$1'],
];

const META: readonly (readonly [RegExp, string])[] = [
  [/^register_tokens$/, 'reg_token'],
  // DINOv2 may group its blocks; the second number counts the blocks of all groups.
  [/^blocks\.\d+\.(\d+)\.(.+)$/, 'blocks.$1.$2'],
];

/** LayerScale in the original repository of DeiT III. */
const DEIT_3: readonly (readonly [RegExp, string])[] = [[/^blocks\.(\d+)\.gamma_([12])$/, 'blocks.$1.ls$2.gamma']];

const CANONICAL = [
  /^(cls_token|dist_token|reg_token|pos_embed)$/,
  /^(patch_embed\.proj|norm_pre|norm|fc_norm|head|head_dist)\.(weight|bias)$/,
  /^blocks\.(0|[1-9]\d{0,3})\.(norm1|norm2|attn\.(qkv|q|k|v|proj)|mlp\.fc[12])\.(weight|bias)$/,
  /^blocks\.(0|[1-9]\d{0,3})\.ls[12]\.gamma$/,
];

const UNSUPPORTED: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)mlp\.(w12|w3|w1|w2|weights_in|weights_out|fc1_g|fc1_x)\./, 'a SwiGLU MLP'],
  [/\.attn\.(q_norm|k_norm)\./, 'query and key normalisation'],
  [/\.(attn|mlp)\.norm\./, 'a normalisation within attention or MLP'],
  [/(^|\.)rope|freqs_cis|rotary/, 'rotary position embeddings'],
  [/rel_pos|relative_position/, 'relative position biases'],
  [/\.attn\.(q_bias|v_bias)$/, 'separate query and value biases'],
  [/(^|\.)(attn_pool|attention_pool)\./, 'attention pooling'],
  [/^blocks\.\d+\.(attns|ffns|attn1|in_proj|attn_out_proj|mlp_out_proj)\./, 'parallel blocks'],
  [/^patch_embed\.(backbone|proj\.\d|conv|stem)/, 'a convolutional stem'],
  [/(^|\.)(decoder|decoder_blocks|decoder_embed|decoder_pos_embed)(\.|$)/, "an autoencoder's decoder"],
  [/^(visual\.)?transformer\.resblocks\.|^vision_model\.|^text_model\./, "CLIP's own tensor names"],
  [/^(conv_proj|heads\.head|encoder\.layers\.encoder_layer_\d+)\./, "torchvision's tensor names (timm and Hugging Face names are read)"],
];

/** Removes all wrappers from a key: `module.backbone.cls_token` becomes `cls_token`. */
function stripWrappers(key: string): string {
  let stripped = key;
  for (;;) {
    const next = stripped.replace(WRAPPERS, '').replace(ENCODER_WRAPPER, '');
    if (next === stripped) return stripped;
    stripped = next;
  }
}

/** What a key of a checkpoint stands for. */
export function meaningOf(key: string): KeyMeaning {
  const stripped = stripWrappers(key);
  if (/^embeddings\.mask_token$|^pooler\./.test(stripped)) return { kind: 'ignored', style: 'huggingface' };
  if (stripped === 'mask_token') return { kind: 'ignored', style: 'hub' };
  if (/^pre_logits\./.test(stripped)) return { kind: 'pre-logits' };
  for (const [rules, style] of [
    [HUGGING_FACE, 'huggingface'],
    [META, 'hub'],
    [DEIT_3, undefined],
  ] as const) {
    const name = rewritten(stripped, rules);
    if (name !== undefined && isCanonical(name)) return { kind: 'weight', name, style };
  }
  if (isCanonical(stripped)) return { kind: 'weight', name: stripped, style: undefined };
  const part = UNSUPPORTED.find(([pattern]) => pattern.test(stripped));
  return part === undefined ? { kind: 'unknown' } : { kind: 'unsupported', part: part[1] };
}

function isCanonical(name: string): boolean {
  return CANONICAL.some((pattern) => pattern.test(name));
}

function rewritten(key: string, rules: readonly (readonly [RegExp, string])[]): string | undefined {
  const rule = rules.find(([pattern]) => pattern.test(key));
  return rule === undefined ? undefined : key.replace(rule[0], rule[1]);
}
