//! What an agent checks of every command.

use super::{Budget, Document, Match, ParameterError, Parameters, Rules, texts_of};

impl Document {
    /// The agent's check of the values that came with a command: every parameter with a pattern must match it,
    /// somewhere in the value (the stock agent does not anchor patterns). Elements of lists one by one, maps as JSON
    /// text; other values, and none at all, do not match. Names without a value take the default.
    ///
    /// References to the parameter store have to be resolved before: a text is checked as it is.
    ///
    /// # Errors
    /// [`ParameterError`], of the first parameter at fault in the document's order.
    ///
    /// Source: agent protocol 5.2.
    pub fn check_as_agent(&self, parameters: &Parameters) -> Result<(), ParameterError> {
        let mut budget = Budget::of_document();
        for (name, definition) in self.parameters() {
            let rules = Rules { name, definition };
            let Some(matcher) = rules.matcher(Match::Anywhere, &mut budget)? else { continue };
            let texts = self.value(parameters, name).and_then(texts_of);
            if !texts.is_some_and(|texts| texts.iter().all(|text| matcher.is_match(text))) {
                return Err(rules.mismatch());
            }
        }
        Ok(())
    }
}
