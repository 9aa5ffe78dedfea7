//! Records: what is written down for ever, what is removed in time, and how a tenant leaves.

mod audit;
mod leaving;
mod retention;
mod rounds;
