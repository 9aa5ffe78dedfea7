//! From a JSON value to a type that serde derives, without serde's generosity.

use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// Reads a value. An array in the place of an object is refused, where serde would take its entries for the fields in their order.
///
/// # Errors
/// What does not fit, in serde's words.
pub(crate) fn from_value<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, Error> {
    T::deserialize(Strict(value))
}

/// The value without the fields that are `null`, at any depth: where `null` is the same as absent.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        other => other,
    }
}

struct Strict(Value);

impl<'de> IntoDeserializer<'de, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(entries) => {
                let mut entries = SeqDeserializer::new(entries.into_iter().map(Strict));
                let read = visitor.visit_seq(&mut entries)?;
                entries.end()?;
                Ok(read)
            }
            Value::Object(map) => {
                let fields = map.into_iter();
                let mut fields =
                    MapDeserializer::new(fields.map(|(name, value)| (name, Strict(value))));
                let read = visitor.visit_map(&mut fields)?;
                fields.end()?;
                Ok(read)
            }
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &"an object")),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        One,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Inner {
        text: Option<String>,
        word: Option<Word>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Outer {
        inner: Inner,
        list: Vec<Inner>,
        map: BTreeMap<String, Vec<u32>>,
    }

    #[test]
    fn what_serde_reads_is_read() {
        for value in [
            json!({}),
            json!({"inner": {"text": null, "word": "one"}, "list": [{}, {"text": "a"}], "map": {"a": [1, 2]}}),
        ] {
            let read: Outer = from_value(value.clone()).unwrap();
            assert_eq!(read, serde_json::from_value(value).unwrap());
        }
    }

    #[test]
    fn an_array_is_no_object() {
        for value in [
            json!([]),
            json!({"inner": ["a", "one"]}),
            json!({"list": [["a"]]}),
        ] {
            assert!(serde_json::from_value::<Outer>(value.clone()).is_ok());
            let refused = from_value::<Outer>(value).unwrap_err().to_string();
            assert!(refused.contains("expected an object"), "{refused}");
        }
        let refused = from_value::<Outer>(json!({"inner": {"other": 1}}));
        assert!(refused.unwrap_err().to_string().contains("unknown field"));
    }

    #[test]
    fn null_can_be_the_same_as_absent() {
        let value = json!({"inner": {"text": null}, "map": null, "list": [{"text": "a"}]});
        let rest = json!({"inner": {}, "list": [{"text": "a"}]});
        assert_eq!(without_nulls(value), rest);
    }
}
