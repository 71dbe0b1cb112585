"""Stand-in for the OpenAI API: responses, chat completions, models, files and batches."""
