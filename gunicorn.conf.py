"""What gunicorn reads where it is started."""

# Answers what cannot be read as the clinic answers every other error.
worker_class = "pht_clinic.start.web_worker.Worker"
threads = 8
