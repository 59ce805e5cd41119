"""The life of a numbered kit, from receipt to destruction. It never knows what is inside."""
