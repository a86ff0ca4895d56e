//! Models in the ONNX format, run by the ONNX Runtime: a library that is loaded when it is first needed.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::value::Tensor;

/// Why a model cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The library is not there, or too old.
    #[error(
        "load the ONNX Runtime ({0}); name its library (libonnxruntime.so, 1.17 or later) in speech.onnx-runtime, or \
         run the model behind a server with OpenAI's interfaces and set speech.voices to openai"
    )]
    Runtime(Box<str>),
    /// The model, or what stands beside it, cannot be read or is of another layout.
    #[error("use the model {file}: {reason}")]
    Model {
        /// Which file.
        file: Box<str>,
        /// What is wrong with it.
        reason: Box<str>,
    },
}

impl ModelError {
    pub(crate) fn of(file: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Model { file: file.display().to_string().into(), reason: reason.to_string().into() }
    }
}

/// The runtime is one for the whole process.
static RUNTIME: OnceLock<Result<Environment, ModelError>> = OnceLock::new();

fn runtime(library: &Path) -> Result<&'static Environment, ModelError> {
    let failed = |reason: String| ModelError::Runtime(reason.into());
    let load = || {
        let builder = ort::init_from(library).map_err(|error| failed(error.to_string()))?;
        let builder = builder.with_name("ringdown").with_telemetry(false);
        builder.build().map_err(|error| failed(error.to_string()))
    };
    RUNTIME.get_or_init(load).as_ref().map_err(Clone::clone)
}

/// A model in memory. It runs for one at a time, on the thread that asks.
#[derive(Debug)]
pub(crate) struct Model(Mutex<Session>);

/// What a model is given, by name.
pub(crate) enum Input {
    /// A row of whole numbers.
    Row(Vec<i64>),
    Whole(Vec<i64>),
    Real(Vec<f32>),
}

impl Model {
    /// Reads a model; `library` is the ONNX Runtime.
    pub(crate) fn load(library: &Path, file: &Path) -> Result<Self, ModelError> {
        let environment = runtime(library)?;
        let unusable = |error: &dyn std::fmt::Display| ModelError::of(file, error);
        let builder = Session::builder(environment).map_err(|error| unusable(&error))?;
        let builder = builder.with_intra_threads(1).map_err(|error| unusable(&error))?;
        let session = { builder }.commit_from_file(file).map_err(|error| unusable(&error))?;
        Ok(Self(Mutex::new(session)))
    }

    /// The names of what it takes.
    pub(crate) fn inputs(&self) -> Vec<String> {
        let session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        session.inputs().iter().map(|input| input.name().to_owned()).collect()
    }

    /// Its first output, flat. Takes as long as it takes.
    pub(crate) fn run(&self, inputs: Vec<(&'static str, Input)>) -> Result<Vec<f32>, ort::Error> {
        let mut session = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut values = Vec::new();
        for (name, input) in inputs {
            let value = match input {
                Input::Row(row) => Tensor::from_array(([1, row.len()], row))?.into_dyn(),
                Input::Whole(whole) => Tensor::from_array(([whole.len()], whole))?.into_dyn(),
                Input::Real(real) => Tensor::from_array(([real.len()], real))?.into_dyn(),
            };
            values.push((name, value));
        }
        let outputs = session.run(values)?;
        let (_, samples) = outputs[0].try_extract_tensor::<f32>()?;
        Ok(samples.to_vec())
    }
}
