#include "components/layout_encoder.hpp"

#include "base/fail.hpp"
#include "components/ldm_bert_class.hpp"
#include "io/names/stored_name.hpp"
#include "models/text/ldm_bert.hpp"

namespace latentrt::pipeline {
namespace {

constexpr std::int64_t kOfABox = 3, kCorners = 2;

LayoutVocabulary vocabulary_of(const models::LdmBertConfig& bert) {
  return {.tokens = bert.vocab_size, .boxes = (bert.positions - kCorners) / kOfABox};
}

/// Class ids come first and share their range with the grid positions; "n_classes" is the number of
/// object classes.
Component read(const io::Config& config) {
  const auto bert = models::LdmBertConfig::from(config);
  const std::int64_t classes = config.integer("n_classes", bert.vocab_size - 1, 1, bert.vocab_size);
  if (bert.positions % kOfABox != kCorners) {
    fail(Code::invalid_argument,
         "{}: max_position_embeddings {} is not three for each box and two for the picture",
         config.name(), bert.positions);
  }
  Component component;
  component.build = [bert] { return std::vector{models::build_ldm_bert(bert)}; };
  component.training_name = io::compvis_transformer_name;
  component.ignored = {"to_logits."};
  component.condition_channels = bert.width;
  component.condition_tokens = bert.positions;
  component.classes = Classes{.count = classes, .names = read_class_names(config, classes)};
  return component;
}

}  // namespace

ComponentClass layout_encoder_class() { return {kLdmBertClass, read}; }

LayoutVocabulary layout_vocabulary(const Component& encoder) {
  return vocabulary_of(models::LdmBertConfig::from(*encoder.config));
}

}  // namespace latentrt::pipeline
