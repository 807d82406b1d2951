"""The engines behind `pipeline.embed`: one converter, one cache, three ways to run a model."""
