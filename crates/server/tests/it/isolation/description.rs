//! The OpenAPI document, read for what can be asked.

use serde_json::Value;

/// An operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: String,
    /// With its parameters in braces.
    pub(super) path: String,
    pub(super) in_path: Vec<String>,
    pub(super) in_query: Vec<String>,
    /// The fields of its JSON body.
    pub(super) in_body: Vec<String>,
    /// The types that its body may have.
    pub(super) media: Vec<String>,
    /// Whether a token tells whose the request is.
    pub(super) is_a_users: bool,
}

impl Operation {
    /// `GET /api/…`
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// All operations of a document.
pub(super) fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                operations.push(read(document, method, path, operation));
            }
        }
    }
    operations
}

fn read(document: &Value, method: &str, path: &str, operation: &Value) -> Operation {
    let named = |place: &str| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let here = parameters.filter(|one| one["in"] == place);
        here.map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let bodies = operation["requestBody"]["content"].as_object();
    let json = bodies.and_then(|bodies| bodies.get("application/json"));
    let mut in_body = Vec::new();
    if let Some(json) = json {
        fields(document, &json["schema"], &mut in_body);
    }
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        in_path: named("path"),
        in_query: named("query"),
        in_body,
        media: bodies.map_or(Vec::new(), |bodies| bodies.keys().cloned().collect()),
        is_a_users: named("header").iter().any(|name| name == "X-Tenant-ID"),
    }
}

/// The names of a schema's fields, in all its parts.
fn fields(document: &Value, schema: &Value, names: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        fields(document, document.pointer(pointer).unwrap(), names);
    }
    for name in schema["properties"]
        .as_object()
        .into_iter()
        .flat_map(|map| map.keys())
    {
        names.push(name.clone());
    }
    for part in ["allOf", "oneOf", "anyOf"] {
        for schema in schema[part].as_array().into_iter().flatten() {
            fields(document, schema, names);
        }
    }
}
